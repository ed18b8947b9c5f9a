import { element, plainFile, type Form, type PlainElement } from './plain-writer.ts';

/** Something in the fixture that says who the patient is. */
export interface Planted {
  readonly where: string;
  readonly bytes: Buffer;
  /** A time of day or a date: with shifted dates, times stay. */
  readonly kind: 'text' | 'uid' | 'date' | 'time';
}

export interface IdentifyingFile {
  readonly bytes: Buffer;
  readonly planted: readonly Planted[];
  readonly pixels: Uint8Array;
}

export type Charset = 'latin-1' | 'utf-8';

export const STUDY_UID = '1.3.46.670589.11.8410.5.0.1111.2023051714312201';
export const OTHER_OBJECT_UID = '1.3.46.670589.11.8410.5.0.4444.2023051714312204';

/**
 * A CT slice with 65 identifiers in every place where one may lie: standard attributes, sequences of sequences, private attributes, overlays,
 * curves, preamble, file meta information, UIDs, dates, unknown attributes, padding, and fields where none belongs. Every value
 * is invented.
 */
export function identifyingFile(form: Form, charset: Charset): IdentifyingFile {
  const planted: Planted[] = [];
  const plant = (where: string, text: string, kind: Planted['kind'] = 'text'): Uint8Array => {
    const bytes = Buffer.from(text, charset === 'utf-8' ? 'utf8' : 'latin1');
    planted.push({ where, bytes, kind });
    return bytes;
  };
  const text = (tag: number, vr: string, where: string, value: string): PlainElement => element(tag, vr, plant(where, value));
  const uid = (tag: number, where: string, value: string): PlainElement => element(tag, 'UI', plant(where, value, 'uid'));
  const when = (tag: number, vr: string, where: string, value: string): PlainElement =>
    element(tag, vr, plant(where, value, vr === 'TM' ? 'time' : 'date'));
  const within = (tag: number, ...inner: readonly PlainElement[]): PlainElement => element(tag, 'SQ', [inner]);
  const uint16 = (tag: number, value: number): PlainElement =>
    element(tag, 'US', form === 'big-endian' ? Uint8Array.of(value >> 8, value & 255) : Uint8Array.of(value & 255, value >> 8));

  const pixels = Uint8Array.from({ length: 128 }, (_, i) => (i * 37) & 255);
  const ideographic = charset === 'utf-8' ? 'Yamada^Tarou=山田^太郎=やまだ^たろう' : 'Müller-Lüdenscheidt^Jérôme';

  const elements: PlainElement[] = [
    element(0x00080005, 'CS', charset === 'utf-8' ? 'ISO_IR 192' : 'ISO_IR 100'),
    element(0x00080008, 'CS', 'ORIGINAL\\PRIMARY\\AXIAL'),
    element(0x00080016, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    element(0x00080060, 'CS', 'CT'),
    element(0x00080070, 'LO', 'Maker of scanners'),
    element(0x00180015, 'CS', 'CHEST'),
    element(0x00180050, 'DS', '5'),
    element(0x00200013, 'IS', '1'),
    element(0x00200032, 'DS', '0\\0\\10'),
    element(0x00200037, 'DS', '1\\0\\0\\0\\1\\0'),
    uint16(0x00280002, 1),
    element(0x00280004, 'CS', 'MONOCHROME2'),
    uint16(0x00280010, 8),
    uint16(0x00280011, 8),
    element(0x00280030, 'DS', '1\\1'),
    uint16(0x00280100, 16),
    uint16(0x00280101, 16),
    uint16(0x00280102, 15),
    uint16(0x00280103, 1),
    element(0x7fe00010, 'OW', pixels),

    // The patient.
    text(0x00100010, 'PN', 'name, with characters beyond ASCII', ideographic),
    text(0x00100020, 'LO', 'number', 'HK-7734-921'),
    when(0x00100030, 'DA', 'birth date', '19471103'),
    when(0x00100032, 'TM', 'birth time', '041753'),
    text(0x00101000, 'LO', 'other numbers', 'OLD4471-22'),
    text(0x00101001, 'PN', 'other names', 'Vorfahr^Henriette'),
    text(0x00101005, 'PN', 'birth name', 'Geborene^Quendoline'),
    text(0x00101060, 'PN', "mother's birth name", 'Muttername^Ottokara'),
    text(0x00101040, 'LO', 'address', 'Lindwurmgasse 17b'),
    text(0x00102154, 'SH', 'telephone', '+49 89 55517730'),
    text(0x00101010, 'AS', 'age', '075Y'),
    text(0x00101050, 'LO', 'insurance', 'Privatkasse Alpensegler'),
    text(0x00102180, 'SH', 'occupation', 'Leuchtturmwart'),
    text(0x00104000, 'LT', 'comments on the patient', 'Zweitmeinung bei Frau Quittenbaum\r\nnächste Woche'),
    text(0x001021b0, 'LT', 'history', 'Sturz auf dem Viktualienmarkt'),

    // Clinic and people.
    text(0x00080050, 'SH', 'accession number', 'ACC99817263'),
    text(0x00200010, 'SH', 'study number', 'STID-5521'),
    text(0x00080080, 'LO', 'institution', 'Klinikum Nebelhorn'),
    text(0x00080081, 'ST', 'address of the institution', 'Bergstrasse 4, Oberwies'),
    text(0x00081040, 'LO', 'department', 'Station Morgenrot'),
    text(0x00081010, 'SH', 'station', 'CTWACHE7'),
    text(0x00080090, 'PN', 'referring physician', 'Überweiser^Konstantin'),
    text(0x00081050, 'PN', 'performing physician', 'Ausführer^Wolfram'),
    text(0x00081060, 'PN', 'reading physician', 'Befunder^Isolde\\Zweitleser^Tristan'),
    text(0x00081070, 'PN', 'operator', 'Bediener^Kunigunde'),
    text(0x00321032, 'PN', 'requesting physician', 'Anforderer^Siegmund'),
    text(0x00181000, 'LO', 'serial number of the device', 'SN-440917-X'),
    text(0x00380010, 'LO', 'admission', 'AUFN-2023-0081'),
    text(0x00380300, 'LO', 'bed', 'Zimmer 4711 Fensterplatz'),

    // Dates and times, also in the old form.
    when(0x00080020, 'DA', 'study date', '20230517'),
    when(0x00080021, 'DA', 'series date', '2023.05.18'),
    when(0x0008002a, 'DT', 'acquisition date and time', '20230519143355.120000+0200'),
    when(0x00080023, 'DA', 'content date', '20230520'),
    when(0x00080030, 'TM', 'study time', '143122.250'),

    // Descriptions.
    text(0x00081030, 'LO', 'study description', 'Kontrolle Hr. Quastenflosser'),
    text(0x0008103e, 'LO', 'series description', 'Nachsorge Wendehals'),
    text(0x00181030, 'LO', 'protocol', 'Protokoll_Dr_Eisvogel'),
    text(0x00204000, 'LT', 'comments on the image', 'siehe Akte von Onkel Dagobert'),
    text(0x00321060, 'LO', 'requested procedure', 'CT wie bei Schwester Edeltraud'),

    // UIDs.
    uid(0x0020000d, 'study', STUDY_UID),
    uid(0x0020000e, 'series', '1.3.46.670589.11.8410.5.0.2222.2023051714312202'),
    uid(0x00080018, 'object', '1.3.46.670589.11.8410.5.0.3333.2023051714312203'),
    uid(0x00200052, 'frame of reference', '1.3.46.670589.11.8410.5.0.5555.2023051714312205'),

    // Sequences.
    within(0x00081140, element(0x00081150, 'UI', '1.2.840.10008.5.1.4.1.1.2'), uid(0x00081155, 'referenced image', OTHER_OBJECT_UID)),
    within(0x00101002, text(0x00100020, 'LO', 'other number in a sequence', 'KASSE-8812-QQ')),
    within(0x00400275, text(0x00400007, 'LO', 'scheduled step', 'Termin fuer Frau Zaunkoenig')),
    within(
      0x00081072,
      within(0x00401101, element(0x00080100, 'SH', 'A1'), text(0x00080104, 'LO', 'operator as a code', 'Pfleger Rotkehlchen')),
    ),
    within(
      0x0018a001,
      text(0x00080080, 'LO', 'institution of equipment', 'Praxis Haubentaucher'),
      within(0x00401101, within(0x0040a170, text(0x00080104, 'LO', 'in a sequence of three', 'Leiter Kormoran'))),
    ),
    within(
      0x0040a730,
      element(0x0040a040, 'CS', 'PNAME'),
      text(0x0040a123, 'PN', 'person in a content tree', 'Beobachter^Gandalfine'),
      within(0x0040a730, element(0x0040a040, 'CS', 'TEXT'), text(0x0040a160, 'UT', 'text in a content tree', 'Befund an Tante Polly')),
    ),
    within(0x04000561, within(0x04000550, text(0x00100010, 'PN', 'name before a correction', 'Falschname^Korbinian'))),
    within(0x00700001, within(0x00700008, text(0x00700006, 'ST', 'text on the picture', 'Pfeil von Dr. Maulwurf'))),

    // Private attributes, overlays, curves, and what no dictionary knows.
    text(0x00290010, 'LO', 'private creator', 'NEBELHORN PRIVAT 1.0'),
    text(0x00291001, 'LO', 'private text', 'Privatnotiz Storchennest'),
    element(0x00291002, 'UN', Buffer.concat([Buffer.from([1, 0, 7]), plant('private bytes', 'Tagebuch Fledermaus')])),
    within(0x00291003, text(0x00291004, 'PN', 'private name in a private sequence', 'Geheim^Adelgunde')),
    text(0x60000022, 'LO', 'overlay description', 'Overlay von Prof. Seeadler'),
    text(0x60004000, 'LT', 'overlay comments', 'gezeichnet Wiedehopf'),
    text(0x50002500, 'LO', 'curve label', 'Kurve Hr. Eichelhaeher'),
    text(0x00109998, 'LO', 'attribute that DICOM does not know', 'Unbekanntes von Blaumeise'),
    element(0xfffcfffc, 'OB', plant('padding at the end', 'Restdaten Gruenspecht!')),

    // Where none belongs: the patient's own name and number are found there because they stand elsewhere.
    element(0x00181210, 'SH', charset === 'utf-8' ? 'B30 YAMADA' : 'B30 J\xc9R\xd4ME'),
  ];
  const meta = [
    element(0x00020001, 'OB', Uint8Array.of(0, 1)),
    element(0x00020002, 'UI', '1.2.840.10008.5.1.4.1.1.2'),
    element(0x00020003, 'UI', '1.3.46.670589.11.8410.5.0.3333.2023051714312203'),
    element(0x00020100, 'UI', '1.3.46.670589.11.1'),
    text(0x00020102, 'OB', 'private file meta information', 'Archiv Sumpfmeise'),
    text(0x00020016, 'AE', 'application entity of the source', 'AENEBELHORN'),
  ];
  const preamble = 'Exportiert von Zilpzalp';
  plant('preamble', preamble);
  return { bytes: plainFile(preamble, meta, elements, form), planted, pixels };
}
