import { describe, expect, it } from 'vitest';
import {
  bareGeometry,
  dotChart,
  figure,
  greyPicture,
  html,
  lineChart,
  pictureHtml,
  renderReport,
  sheetHtml,
  table,
  takeSlice,
} from '../../core/report/index.ts';
import { markupOf } from '../../core/report/html.ts';
import { exampleReport } from './example-report.ts';

const hostile = `<script>alert("x")</script>&'`;
const safe = '&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;&amp;&#39;';

describe('html', () => {
  it('escapes values in text and attributes, keeps markup, joins lists and drops what is absent', () => {
    expect(html`<p title="${hostile}">${hostile}</p>`.markup).toBe(`<p title="${safe}">${safe}</p>`);
    const items = [1, 2].map((n) => html`<li>${n}</li>`);
    expect(html`<p>${items}${null}${undefined}${false}${0}</p>`.markup).toBe('<p><li>1</li><li>2</li>0</p>');
  });

  it('escapes wherever a caller can put text', () => {
    const picture = greyPicture(takeSlice({ voxels: new Uint8Array(4), geometry: bareGeometry([2, 2, 1]) }, 'axial'), { low: 0, high: 1 });
    const dots = { dots: [{ name: hostile, value: 1 }], mean: 1, low: null, high: null };
    const page = renderReport({
      title: hostile,
      intro: hostile,
      footer: hostile,
      sections: [
        {
          title: hostile,
          content: [
            table({ columns: [{ title: hostile }], rows: [[hostile]], caption: hostile }),
            figure(pictureHtml(picture, { alt: hostile }), hostile),
            sheetHtml({ columns: [hostile], rows: [{ caption: hostile, pictures: [picture] }] }),
            lineChart({
              title: hostile,
              x: { label: hostile },
              y: { label: hostile },
              series: [hostile, 'b'].map((name) => ({ name, points: [[0, 1]] })),
            }),
            dotChart({
              title: hostile,
              value: { label: hostile },
              series: [hostile, 'b'],
              rows: [{ name: hostile, entries: [dots, undefined] }],
            }),
          ],
        },
      ],
    });
    expect(page).not.toMatch(/<script/i);
    expect(page.split(safe).length).toBeGreaterThan(15);
  });
});

describe('renderReport', () => {
  const page = exampleReport();

  it('needs nothing from outside and runs nothing', () => {
    expect(page).not.toMatch(/https?:|<script|<link|<iframe|@import|\son[a-z]+=|url\(/i);
    for (const [, address] of page.matchAll(/(?:src|href)="([^"]{0,40})/g)) expect(address).toMatch(/^(data:image\/png;base64,|#)/);
    expect(page).toContain(`content="default-src &#39;none&#39;; img-src data:;`);
  });

  it('closes what it opens and gives every picture a description', () => {
    const open: string[] = [];
    for (const [, closing, name = '', attributes = ''] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:\s[^<>]*)?)>/g)) {
      if (attributes.endsWith('/') || name === 'meta') continue;
      if (closing === '') open.push(name);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
    const images = page.match(/<img\s[^>]*>/g) ?? [];
    expect(images.length).toBeGreaterThan(10);
    for (const image of images) expect(image).toMatch(/\salt="[^"]+"/);
  });

  it('links its contents to its sections, also when two titles are alike', () => {
    const ids = [...page.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id);
    expect(ids).toEqual(['result', 'a-held-out-case', 'reconstruction', 'training']);
    const alike = renderReport({ title: 'x', intro: '', sections: ['A b', 'A  b!', '…'].map((title) => ({ title, content: '' })) });
    expect([...alike.matchAll(/<section id="([^"]+)"/g)].map(([, id]) => id)).toEqual(['a-b', 'a-b-2', 'section']);
    expect([...alike.matchAll(/href="#([^"]+)"/g)].map(([, id]) => id)).toEqual(['a-b', 'a-b-2', 'section']);
  });
});

it('a slice carries its edges and a scale bar of a round length', () => {
  const slice = takeSlice({ voxels: new Uint8Array(100 * 50), geometry: bareGeometry([100, 50, 1], [2, 2, 1]) }, 'axial');
  const markup = markupOf(pictureHtml(greyPicture(slice, { low: 0, high: 1 }), { alt: 'scan' }));
  expect(markup).toMatch(/left">R<.*right">L<.*top">A<[^]*bottom">P</);
  // 200 mm across: 50 mm is a quarter of it.
  expect(markup).toContain('style="width:25.00%"><b>50 mm</b>');
  expect(markupOf(pictureHtml(greyPicture(slice, { low: 0, high: 1 }), { alt: 'scan', annotate: false }))).not.toMatch(/<i[\s>]/);
});
