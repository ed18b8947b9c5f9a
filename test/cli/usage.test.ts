import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { verbs } from '../../core/cli/program.ts';
import { programVersion } from '../../core/cli/run.ts';
import { cli, errorOf, json, samples } from './support.ts';

describe('help', () => {
  it('lists every verb', async () => {
    const result = await cli(['--help']);
    expect(result).toMatchObject({ status: 0, stderr: '' });
    for (const { name } of verbs) expect(result.stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'));
  });

  // The contract of docs/cli.md: scripts rely on these.
  it.each([
    ['doctor', []],
    ['runtime', ['"install", "remove", "list"']],
    ['demo', ['--out <dir>', '--minutes <n>']],
    [
      'pretrain',
      [
        '--data <dir>',
        '--out <run>',
        '--recipe <name>',
        '--method <name>',
        'gl-mae, mae',
        '--epochs <n>',
        '--resume',
        '--set <name=value>',
      ],
    ],
    [
      'finetune',
      [
        '--data',
        '--out',
        '--init',
        '--network <name>',
        '--recipe',
        '--freeze-encoder',
        '--cases <file>',
        '--label-fraction <f>',
        '--label-count <n>',
        '--folds <k>',
        '--fold <i>',
        '--epochs',
        '--resume',
        '--set',
      ],
    ],
    ['classify', ['--data', '--out']],
    ['segment', ['<scan...>', '--model', '--out', '--overlap <f>', 'gaussian, constant', '--probabilities', 'nifti, dicom-seg']],
    ['reconstruct', ['<scan>', '--model', '--out', '--mask-ratio <f>', 'global, local', '--center <voxel...>']],
    ['evaluate', ['--reference <dir>', '--prediction <dir>', '--out <file>']],
    ['compare', ['<a.json> <b.json>']],
    ['import-weights', ['<file.safetensors>', '--network', '--out <model>', '--grid <a,b,c>', '--set']],
    ['deidentify', ['--out']],
    ['export', ['<labels>', '--scan <scan>', 'rtstruct', '--preset', '--resample', '--out <dir>']],
    ['export-model', ['<model>', 'safetensors, onnx', '--out <file>']],
    ['pacs', ['<action> [path...]', '--url <url>', '--host <name>', '--port <n>', '--aet <title>', '--called-aet <title>', '--out <dir>']],
    ['info', ['<path>']],
    [
      'import',
      ['<path...>', '--workspace <dir>', '--repair <name>', 'even-spacing, straighten, all', '--labels-for <id>', '--with-labels'],
    ],
    ['serve', ['--workspace <dir>', '--port <n>']],
  ])('%s shows its options and the common ones', async (verb, shown) => {
    const { status, stdout, stderr } = await cli([verb, '--help']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const text = stdout.replace(/\s+/g, ' ');
    for (const part of [...shown, '--json', '--backend <name>', 'auto, tensorflow, webgpu, wasm', '--threads <n>', '--seed <n>', '--help'])
      expect(text).toContain(part);
  });

  it('covers every verb above', () => {
    expect(verbs).toHaveLength(18);
  });

  it('prints the version', async () => {
    expect(await cli(['--version'])).toEqual({ status: 0, stdout: `${programVersion()}\n`, stderr: '' });
  });
});

describe('wrong usage', () => {
  it('shows the help on standard error without a verb', async () => {
    const result = await cli([]);
    expect(result).toMatchObject({ status: 2, stdout: '' });
    expect(result.stderr).toContain('Usage: tessera');
  });

  it.each([
    [['segmnt'], 'Did you mean segment?'],
    [['info', 'x', '--jsn'], '--json'],
    [['info'], "missing required argument 'path'"],
    [['compare', 'a.json', 'b.json', 'c.json'], 'too many arguments'],
    [['demo'], '--out'],
    [['pretrain', '--out', 'x'], '--data'],
    [['pretrain', '--data', 'x', '--out', 'y', '--epochs', '0'], 'whole number from 1'],
    [['pretrain', '--data', 'x', '--out', 'y', '--method', 'dino'], 'gl-mae, mae'],
    [['info', 'x', '--seed', '-1'], 'whole number from 0'],
    [['info', 'x', '--threads', '1.5'], 'whole number from 1'],
    [['info', 'x', '--backend', 'cuda'], 'auto, tensorflow, webgpu, wasm'],
    [['finetune', '--data', 'x', '--out', 'y', '--label-fraction', '0'], 'above 0'],
    [['finetune', '--data', 'x', '--out', 'y', '--label-fraction', '0.5', '--label-count', '3'], 'cannot be used with'],
    [['finetune', '--data', 'x', '--out', 'y', '--folds', '5'], '--folds and --fold'],
    [['finetune', '--data', 'x', '--out', 'y', '--network', 'segresnet', '--init', 'z'], 'always starts from scratch'],
    [['segment', 'x', '--model', 'm', '--out', 'y', '--overlap', '1'], 'from 0 to 0.95'],
    [['segment', 'x', '--model', 'm', '--out', 'y', '--format', 'nrrd'], 'nifti, dicom-seg'],
    [['export', 'x', '--out', 'y', '--format', 'ply'], 'nifti, dicom-seg, rtstruct, sr, stl, obj, msd, nnunet'],
    [['export', 'x', '--out', 'y'], '--format'],
    [['reconstruct', 'x', '--model', 'm', '--out', 'y', '--center', '1', '2'], 'three whole numbers'],
    [['evaluate', '--reference', 'x', '--prediction', 'y', '--out', 'scores.txt'], '.json nor .csv'],
    [['import-weights', 'x.safetensors', '--out', 'y'], '--network'],
    [['import-weights', 'x.safetensors', '--network', 'unetr', '--out', 'y', '--grid', '6,6'], 'three whole numbers'],
    [['export-model', 'm', '--format', 'pickle', '--out', 'y'], 'safetensors, onnx'],
    [['pretrain', '--data', 'x', '--out', 'y', '--recipe', 'labtop'], 'laptop'],
    [['pretrain', '--data', 'x', '--out', 'y', '--set', 'widht=3'], 'encoder.width'],
    [['pretrain', '--data', 'x', '--out', 'y', '--set', 'width=5000'], 'whole number from 1 up to 4096'],
    [['finetune', '--data', 'x', '--out', 'y', '--set', 'layerDekay=1'], 'layerDecay'],
  ])('%j exits with 2 and says why in one line', async (args, reason) => {
    const plain = await cli(args);
    expect(plain.status).toBe(2);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toMatch(/^tessera: [^\n]+\n$/);
    expect(plain.stderr).toContain(reason);
    const result = await cli([...args, '--json']);
    expect(result.status).toBe(2);
    expect(Object.keys(json(result))).toEqual(['error']);
    expect(Object.keys(errorOf(result))).toEqual(['code', 'subject', 'message', 'advice']);
    expect(result.stderr).toBe(plain.stderr);
  });
});

describe('a cancelled call', () => {
  it('exits with 130', async () => {
    const controller = new AbortController();
    controller.abort();
    const scan = join(samples, 'images', readdirSync(join(samples, 'images'))[0] ?? '');
    const result = await cli(['info', scan, '--json'], controller.signal);
    expect(result.status).toBe(130);
    expect(errorOf(result).code).toBe('cancelled');
  });
});
