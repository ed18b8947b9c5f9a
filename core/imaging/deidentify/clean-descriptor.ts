/**
 * Words that a description may keep: what is imaged, how, and from where. Any other word is dropped, for it may be a name; so a list that
 * is too short costs a word, never a secret. (PS3.15 E.3.5 leaves the way of cleaning open.)
 */
const words = `
abd abdomen abdominal acetabulum adc adrenal angio angiography ankle ant anterior aorta aortic apex appendix arm arterial artery asl
atrium axial axilla ax b0 b1 bilateral biliary bladder block blood body bold bone bowel brachytherapy brain brainstem breast bronchus
bst calf cardiac carotid cavity cbct cerebellum cerebrum cervical cervix chest chiasm cm cochlea colon contrast cor coronal coronary cranial
cranium ct cta ctv cube cyst delay delayed delineation diffusion disc dixon dose dual duodenum dwi dti dynamic dyn ear echo elbow
endometrium enhanced epi epididymis esophagus external eye eyes fa face fast fat female femoral femur fibula fiesta field first fl3d flair flash
follow foot forearm frontal fse functional gallbladder gastric gated gre gre3d gtv hand haste head heart helical hepatic hilum hip
hippocampus hr humerus iac iliac in inferior inguinal inversion iv ivc jaw joint kidney kidneys knee lat lateral left leg lens lesion
liver lobe localiser localizer low lower lumbar lung lungs lt lymph male mammogram mandible maxilla mean med medial mediastinum mip
mm mpr mprage mr mra mri mrcp ms multi muscle nasal neck nerve node nodes non nm noncontrast oar oblique obl occipital oesophagus opp
optic orbit orbits organ os ovary out pancreas parietal parotid patella pd pelvic pelvis perfusion pet phase pituitary plain planning
plan post posterior pre prostate proton ptv pulmonary radius recon rectum reformat region renal reference resolution rest rib right rt
rtdose rtplan rtstruct rtss sacrum sag sagittal scan scout se second seg segmentation sella sequence series shoulder single sinus
sinuses skin skull slice small soft space spgr spin spinal spine spiral spleen standard std sternum stir stomach stress structure struct
study subcutaneous superior swi t1 t1w t2 t2w tal te temporal test thick thigh thin third thoracic thorax thyroid tibia tilt tissue to tof
topogram trachea transverse tra trufi tse tumor tumour ulna ultrasound unenhanced upper ureter urethra uterus vagina vein venous
ventricle vertebra vessel vibe view vol volume vrt water weighted whole window with without wo w wrist l r o
`;

const known = new Set(words.split(/\s+/).filter((word) => word !== ''));

/** Small numbers, with what they count or without; longer ones may be dates, telephone numbers or identifiers. */
const MEASURE = /^\d{1,3}(\.\d{1,2})?(mm|cm|s|sec|ms|min|kv|t|d|x)$/;
const NUMBER = /^\d{1,3}$/;

/** A description with only the words that say nothing of a person, in their order. */
export function cleanDescriptor(text: string): string {
  const all = wordsOf(text);
  return all.filter((_, i) => isHarmless(all, i)).join(' ');
}

/** Whether nothing of a text would be dropped. */
export function isHarmlessText(text: string): boolean {
  const all = wordsOf(text);
  return all.every((_, i) => isHarmless(all, i));
}

/** Parted at everything but letters, digits and points between digits. */
const wordsOf = (text: string): string[] => text.match(/[^\W_]+(?:\.\d[^\W_]*)*|[\x80-\uffff]+/g) ?? [];

function isHarmless(all: readonly string[], i: number): boolean {
  const word = (all[i] ?? '').toLowerCase();
  if (known.has(word) || MEASURE.test(word)) return true;
  // Numbers side by side are dates and telephone numbers.
  const startsWithDigit = (other: string | undefined): boolean => /^\d/.test(other ?? '');
  return NUMBER.test(word) && !startsWithDigit(all[i - 1]) && !startsWithDigit(all[i + 1]);
}
