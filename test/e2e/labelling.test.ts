import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readScan, type Geometry, type Triple } from '../../core/imaging/index.ts';
import { Stroke, type Brush } from '../../core/labelling/index.ts';
import { steppedRadius } from '../../renderer/state/label-tool.ts';
import { HostProcess } from './support/host-process.ts';
import { expectPicture } from './support/pictures.ts';
import { samples } from './support/places.ts';
import { describeStory, keepFailures, LONG, VERY_LONG, Workstation } from './support/workstation.ts';

const image = join(samples, 'abdomen_ct', 'images', 'abdomen.nii.gz');
/** Of a brush that nobody has changed, in millimetres. */
const RADIUS = 5;

describeStory('drawing labels', () => {
  let station: Workstation;
  let geometry: Geometry;
  /** The label map as it must be, drawn by core/labelling. */
  let expected: Uint8Array;
  /** Where the axial view lies in the window. */
  let axial: { x: number; y: number; width: number; height: number };
  beforeAll(async () => {
    [station, geometry] = await Promise.all([Workstation.open(), readScan(image).then(({ volume }) => volume.geometry)]);
    expected = new Uint8Array(geometry.dims[0] * geometry.dims[1] * geometry.dims[2]);
    await station.give('Import files', image);
    await station.row('abdomen').waitFor();
    await station.read('abdomen');
  }, VERY_LONG);
  afterAll(async () => {
    // What the browser itself says of requests that no host answers.
    const others = station.complaints.filter((complaint) => !/net::ERR_|status of 403/.test(complaint));
    station.complaints.splice(0, station.complaints.length, ...others);
    await station.close();
  }, VERY_LONG);
  keepFailures(() => station);

  const press = (keys: string): Promise<void> => station.page.keyboard.press(keys);
  const button = (name: string | RegExp) => station.page.getByRole('button', { name });
  const saved = () => station.page.getByText('Everything is on disk').waitFor();

  async function path(): Promise<string> {
    const [scan] = (await station.api<{ scans: { id: string }[] }>('/scans')).scans;
    const [layer] = await station.api<{ id: string }[]>(`/scans/${scan?.id ?? ''}/layers`);
    return `/scans/${scan?.id ?? ''}/layers/${layer?.id ?? ''}`;
  }
  /** The label map as the host has it. */
  async function stored(): Promise<Uint8Array> {
    const answer = await station.context.request.get(`${station.host.origin}/api${await path()}/voxels`);
    expect(answer.ok()).toBe(true);
    return new Uint8Array(await answer.body());
  }
  const same = async (): Promise<boolean> => Buffer.compare(await stored(), expected) === 0;
  const isStored = (): Promise<void> => expect.poll(same, { timeout: LONG }).toBe(true);

  function draw(value: number, brush: Brush, ...points: readonly Triple[]): void {
    const { dims, spacing } = geometry;
    const stroke = new Stroke(expected, { dims, spacing }, { value, over: 'everything', locked: new Set() }, brush);
    for (const point of points) stroke.to(point);
    stroke.finish();
  }

  /** A place of the axial view, in parts of its width and height. */
  type Place = readonly [x: number, y: number];
  const inView = ([x, y]: Place): { x: number; y: number } => ({ x: Math.round(axial.width * x), y: Math.round(axial.height * y) });
  async function moveTo(place: Place): Promise<void> {
    const { x, y } = inView(place);
    await station.page.mouse.move(axial.x + x, axial.y + y);
  }
  /** Begins a stroke; the button stays down. */
  async function stroke(from: Place, to: Place): Promise<void> {
    await moveTo(from);
    await station.page.mouse.down();
    await moveTo(to);
  }
  function drawn(value: number, brush: Brush, ...places: readonly Place[]): void {
    draw(value, brush, ...places.map((place) => inAxial(inView(place), axial)));
  }

  it(
    'begins with a layer and a segment; a stroke of the mouse arrives voxel for voxel',
    async () => {
      const { page } = station;
      await press('l');
      await page.getByRole('button', { name: 'New layer' }).first().click();
      await page.getByRole('toolbar', { name: 'Drawing tools' }).waitFor();
      await press('d');
      const box = await station.view('Axial').boundingBox();
      if (!box) throw new Error('no axial view');
      axial = box;
      await page.mouse.click(box.x + 20, box.y + 20);
      await page.getByText('Add a segment first.').waitFor();
      await press('Shift+a');
      await button('Draw Segment 1').waitFor();

      await stroke([0.35, 0.4], [0.6, 0.55]);
      await page.mouse.up();
      await button('Undo: Brush: Segment 1').waitFor();
      drawn(1, { shape: 'circle', axis: 2, radius: RADIUS }, [0.35, 0.4], [0.6, 0.55]);
      expect(expected.filter((value) => value === 1).length).toBeGreaterThan(50);
      await isStored();
    },
    VERY_LONG,
  );

  /** Where a place of the axial view lies in the middle slice, which is fitted into the view. */
  function inAxial({ x, y }: { x: number; y: number }, { width, height }: { width: number; height: number }): Triple {
    const { dims, spacing, direction } = geometry;
    const millimetres = Math.max((dims[0] * spacing[0]) / width, (dims[1] * spacing[1]) / height) * 1.02;
    // Left of the patient to the right, posterior down.
    const along = (axis: 0 | 1, pixels: number): number =>
      (dims[axis] - 1) / 2 + (Math.sign(direction[axis][axis]) * pixels * millimetres) / spacing[axis];
    return [along(0, x - width / 2), along(1, y - height / 2), 15];
  }

  it(
    'draws at the crosshair by keys in another plane, undoes and redoes',
    async () => {
      const first = expected.slice();
      await station.view('Coronal').focus();
      await press(']');
      await press('Shift+a');
      await button('Draw Segment 2').waitFor();
      await press('Shift+d');
      await press('Enter');
      await button('Undo: Brush: Segment 2').waitFor();
      draw(2, { shape: 'sphere', radius: steppedRadius(RADIUS, 1) }, [61, 50, 15]);
      const both = expected.slice();
      await isStored();

      await press('Control+z');
      await button('Redo: Brush: Segment 2').waitFor();
      expected.set(first);
      await isStored();
      await press('Control+Shift+z');
      await button('Undo: Brush: Segment 2').waitFor();
      expected.set(both);
      await isStored();
      await saved();
      await station.dismissNotices();
      await station.still();
      expectPicture(await station.page.screenshot(), 'docs/pictures/labelling.png');
    },
    VERY_LONG,
  );

  it(
    'keeps undo over a reload of the page',
    async () => {
      const { page } = station;
      await saved();
      await page.reload();
      await page.getByRole('navigation').waitFor();
      await station.read('abdomen');
      await press('l');
      await button('Undo: Brush: Segment 2').click();
      await button('Redo: Brush: Segment 2').waitFor();
      expect(await page.getByRole('list', { name: 'Segments' }).getByRole('listitem').count()).toBe(2);
      await press('Control+Shift+z');
      await button('Undo: Brush: Segment 2').waitFor();
      await isStored();
    },
    VERY_LONG,
  );

  it(
    'loses nothing when the host is killed while somebody draws',
    async () => {
      const { page } = station;
      const sphere: Brush = { shape: 'sphere', radius: steppedRadius(RADIUS, 1) };
      await press('d');
      await stroke([0.3, 0.3], [0.4, 0.3]);
      drawn(1, sphere, [0.3, 0.3], [0.4, 0.3]);
      // The pointer is still down: what it has drawn is on the disk all the same.
      await isStored();
      await station.host.kill();
      // A message about the host moves the views down, and away from under the pointer: it goes where there is none.
      await page.mouse.up();
      await page.mouse.move(5, 5);
      await press('e');
      await station.view('Coronal').focus();
      await press('Enter');
      draw(0, sphere, [61, 50, 15]);
      await press('Shift+ArrowRight');
      await expect.poll(() => station.probe('Voxel').innerText()).not.toBe('61, 50, 15');
      const place = (await station.probe('Voxel').innerText()).split(', ').map(Number) as unknown as Triple;
      await press('d');
      await press('Enter');
      draw(1, sphere, place);
      await page.getByText('changes wait for the host').waitFor();

      station.host = await HostProcess.start(station.workspace, station.host.port);
      // Who started it opens the address that it prints.
      const tab = await station.context.newPage();
      await tab.goto(station.host.address);
      await tab.getByRole('navigation').waitFor();
      await tab.close();
      await saved();
      // Its message moves the views, too.
      await page.getByText('The connection to the host is lost.').waitFor({ state: 'hidden' });
      await isStored();
    },
    VERY_LONG,
  );

  it(
    'loses the last second at most when the page dies in the middle of a stroke, which is one step',
    async () => {
      const { page } = station;
      const sphere: Brush = { shape: 'sphere', radius: steppedRadius(RADIUS, 1) };
      const before = expected.slice();
      await stroke([0.5, 0.25], [0.6, 0.25]);
      drawn(1, sphere, [0.5, 0.25], [0.6, 0.25]);
      await isStored();
      await moveTo([0.6, 0.4]);
      drawn(1, sphere, [0.6, 0.25], [0.6, 0.4]);
      await isStored();
      const sure = expected.slice();
      await moveTo([0.5, 0.5]);
      drawn(1, sphere, [0.6, 0.4], [0.5, 0.5]);
      await page.close();
      const now = await stored();
      expect([sure, expected].some((labels) => Buffer.compare(now, labels) === 0)).toBe(true);

      const layer = await path();
      const { sequence, undoTitle } = await station.api<{ sequence: number; undoTitle: string }>(`${layer}/state`);
      expect(undoTitle).toBe('Brush: Segment 1');
      await station.api(`${layer}/undo`, { after: sequence, client: 'test' });
      expected.set(before);
      await isStored();
    },
    VERY_LONG,
  );
});
