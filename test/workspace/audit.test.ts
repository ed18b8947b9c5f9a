import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openWorkspace, verifyAudit } from '../../core/workspace/index.ts';
import { quick, temporaryInMemory, withLayer } from './support/small.ts';

const root = temporaryInMemory();
let folders = 0;

/** A workspace with six entries in its audit file. */
async function audited(): Promise<{ folder: string; path: string; lines: string[] }> {
  const folder = join(root, String(folders++));
  const { workspace, layer } = await withLayer(folder);
  await layer.version('first', 'tester');
  await workspace.audit('segmented', { scan: 'abc', seconds: 3.5, accepted: true }, 'model-1');
  await workspace.audit('segmented', { scan: 'über' });
  await workspace.close();
  const path = join(folder, 'audit.jsonl');
  return { folder, path, lines: readFileSync(path, 'utf8').split('\n').slice(0, -1) };
}

const verdict = (lines: readonly string[]): ReturnType<typeof verifyAudit> => verifyAudit(lines.map((line) => line + '\n').join(''));

describe('the audit file', () => {
  it('says who did what, when and with which model, in an unbroken chain', async () => {
    const { lines } = await audited();
    const checked = verdict(lines);
    expect(checked).toMatchObject({ ok: true, unfinished: false });
    expect(checked.ok && checked.entries).toMatchObject([
      { n: 1, who: 'tester', what: 'workspace-created', previous: '0'.repeat(64) },
      { n: 2, what: 'scan-added' },
      { n: 3, what: 'layer-made' },
      { n: 4, what: 'version-kept' },
      { n: 5, what: 'segmented', model: 'model-1', about: { scan: 'abc', seconds: 3.5, accepted: true } },
      { n: 6, about: { scan: 'über' } },
    ]);
  });

  it('names the line that was changed, wherever the change is', async () => {
    const { lines } = await audited();
    for (const [index, line] of lines.entries()) {
      for (let at = 0; at < line.length; at += 5) {
        const changed = line.slice(0, at) + (line[at] === 'x' ? 'y' : 'x') + line.slice(at + 1);
        expect(verdict(lines.with(index, changed))).toMatchObject({ ok: false, line: index + 1 });
      }
    }
  });

  it('names the first line after one that was removed, added or moved', async () => {
    const { lines } = await audited();
    const [first = '', second = '', third = ''] = lines;
    expect(verdict(lines.toSpliced(2, 1))).toMatchObject({ ok: false, line: 3 });
    expect(verdict(lines.slice(1))).toMatchObject({ ok: false, line: 1 });
    expect(verdict(lines.toSpliced(1, 0, first))).toMatchObject({ ok: false, line: 2 });
    expect(verdict([first, third, second, ...lines.slice(3)])).toMatchObject({ ok: false, line: 2 });
    expect(verdict(lines.toSpliced(3, 0, ''))).toMatchObject({ ok: false, line: 4 });
  });

  it('cut off at any byte is continued behind its last whole line', async () => {
    const { folder, path, lines } = await audited();
    const whole = readFileSync(path);
    const last = whole.length - Buffer.byteLength(lines.at(-1) ?? '') - 1;
    for (let length = last; length < whole.length; length += 13) {
      writeFileSync(path, whole.subarray(0, length));
      expect(verifyAudit(readFileSync(path, 'utf8'))).toMatchObject({ ok: true, unfinished: length > last });
      const workspace = await openWorkspace(folder, { who: 'tester', lockTimes: quick });
      await workspace.audit('segmented', {});
      expect(await workspace.verifyAudit()).toMatchObject({ ok: true, unfinished: false, entries: { length: lines.length } });
      await workspace.close();
    }
  });

  it('that was tampered with still opens, is continued, and still tells', async () => {
    const { folder, path, lines } = await audited();
    writeFileSync(path, lines.with(1, (lines[1] ?? '').replace('tester', 'nobody')).join('\n') + '\n');
    appendFileSync(path, '{"half');
    const workspace = await openWorkspace(folder, { who: 'tester', lockTimes: quick });
    await workspace.audit('segmented', {});
    expect(await workspace.verifyAudit()).toMatchObject({ ok: false, line: 2, problem: 'It was changed after it was written.' });
    await workspace.close();
  });
});
