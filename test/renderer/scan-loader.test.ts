import { expect, it } from 'vitest';
import { Client } from '../../renderer/api/client.ts';
import { Host } from '../../renderer/api/host.ts';
import type { ScanDetails } from '../../renderer/api/types.ts';
import { emptyVolume, fillVolume } from '../../renderer/state/scan-loader.ts';

type Level = ScanDetails['levels'][number];

/** A scan of three levels, of which the whole one takes so many bytes. */
function scanOf(bytes: number): ScanDetails {
  const level = (n: number, side: number, of = 2 * side ** 3): Level => ({
    level: n,
    dims: [side, side, side],
    spacing: [8 / side, 8 / side, 8 / side],
    bytes: of,
  });
  const direction: ScanDetails['geometry']['direction'] = [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ];
  return {
    id: 'f'.repeat(24),
    storedType: 'uint16',
    geometry: { dims: [8, 8, 8], spacing: [1, 1, 1], origin: [0, 0, 0], direction },
    slope: 1,
    intercept: 0,
    range: [0, 1],
    levels: [level(0, 8, bytes), level(1, 4), level(2, 2)],
    // What the page shows of it elsewhere is not looked at here.
  } as unknown as ScanDetails;
}

async function filled(details: ScanDetails): Promise<{ asked: string[]; full: boolean; dims: readonly number[] | undefined }> {
  const asked: string[] = [];
  const fetcher: typeof fetch = (input) => {
    const url = input instanceof Request ? input.url : String(input);
    asked.push(url.slice(url.lastIndexOf('/') + 1));
    const level = details.levels.find(({ level: n }) => url.endsWith(`/${n}`));
    return Promise.resolve(new Response(new Uint8Array(level?.bytes ?? 0)));
  };
  const volume = emptyVolume(details);
  const steps = { coarse: () => undefined, progress: () => undefined };
  const full = await fillVolume(new Host(new Client('/api', fetcher)), details, volume, new AbortController().signal, steps);
  return { asked, full, dims: volume.level?.geometry.dims };
}

it('a scan is read coarsely first, then whole', async () => {
  expect(await filled(scanOf(1024))).toEqual({ asked: ['2', '0'], full: true, dims: [8, 8, 8] });
});

it('one that is larger than a page can hold is read as finely as it can be, and that is told', async () => {
  expect(await filled(scanOf(2_100_000_000))).toEqual({ asked: ['2', '1'], full: false, dims: [4, 4, 4] });
});
