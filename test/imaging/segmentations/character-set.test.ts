import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readDicomHeader } from '../../../core/imaging/dicom/read-header.ts';
import { decodedText } from '../../../core/imaging/segmentations/character-set.ts';
import { describeWithSharedData, sharedData } from '../../support/shared-data.ts';

describeWithSharedData('texts in the character sets of DICOM', ['dicom_odd/charset'], () => {
  // The names as pydicom decodes them; the last two end with an empty group.
  it.each([
    ['chrArab.dcm', 'قباني^لنزار'],
    ['chrFren.dcm', 'Buc^Jérôme'],
    ['chrFrenMulti.dcm', 'Buc^Jérôme'],
    ['chrGerm.dcm', 'Äneas^Rüdiger'],
    ['chrGreek.dcm', 'Διονυσιος'],
    ['chrH31.dcm', 'Yamada^Tarou=山田^太郎=やまだ^たろう'],
    ['chrH32.dcm', 'ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう'],
    ['chrHbrw.dcm', 'שרון^דבורה'],
    ['chrI2.dcm', 'Hong^Gildong=洪^吉洞=홍^길동'],
    ['chrJapMulti.dcm', 'やまだ^たろう'],
    ['chrJapMultiExplicitIR6.dcm', 'やまだ^たろう'],
    ['chrKoreanMulti.dcm', '김희중'],
    ['chrRuss.dcm', 'Люкceмбypг'],
    ['chrX1.dcm', 'Wang^XiaoDong=王^小東='],
    ['chrX2.dcm', 'Wang^XiaoDong=王^小东='],
  ])('%s', (name, expected) => {
    const header = readDicomHeader(join(sharedData('dicom_odd/charset') ?? '', name));
    expect(header === undefined ? undefined : decodedText(header.dataSet, 'x00100010')).toBe(expected);
  });
});
