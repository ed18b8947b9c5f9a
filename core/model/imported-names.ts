/** What training code puts before the names of a network. The teacher's copy of a weight is not the weight. */
const PREFIXES = /^(?:module|backbone|student|state_dict|model|net|network|_orig_mod|encoder|unetr)\./;

const UNETR = /^(?:vit|encoder[1-4]|decoder[2-5]|out)\./;
/** MONAI 1.4 and 1.5 carry these and never use them (method 7.1). */
const UNUSED = /\.(?:norm_cross_attn|cross_attn)\./;
const BLOCK = /^blocks\.(\d+)\.(.+)$/;

/** Parts of a block of timm under MONAI's names (method 7.1). */
const timmParts: Readonly<Record<string, string>> = {
  norm1: 'norm1',
  norm2: 'norm2',
  'attn.qkv': 'attn.qkv',
  'attn.proj': 'attn.out_proj',
  'mlp.fc1': 'mlp.linear1',
  'mlp.fc2': 'mlp.linear2',
};
const monaiParts = new Set(Object.values(timmParts));

/** The name in our UNETR (MONAI's) of a weight in a file from elsewhere, or undefined for one that the network has no place for (method 7.1). */
export function importedName(given: string): string | undefined {
  let name = given;
  while (!UNETR.test(name) && PREFIXES.test(name)) name = name.replace(PREFIXES, '');
  if (UNUSED.test(name)) return undefined;
  // Some code puts a timm encoder into MONAI's UNETR in place of its own.
  const inEncoder = name.startsWith('vit.') ? name.slice('vit.'.length) : name;
  if (inEncoder === name && UNETR.test(name)) return name;
  const ours = encoderName(inEncoder);
  return ours === undefined ? undefined : `vit.${ours}`;
}

/** The same within an encoder, of MONAI (ViT, ViTAutoEnc) or of timm, MAE, GL-MAE and SelfMedMAE. */
function encoderName(name: string): string | undefined {
  if (name === 'pos_embed' || name === 'patch_embedding.position_embeddings') return 'patch_embedding.position_embeddings';
  const [, stem = '', kind = ''] = /^(.+)\.(weight|bias)$/.exec(name) ?? [];
  // The "perceptron" embedding of older versions of MONAI is a Sequential whose second part is the linear layer.
  if (/^(?:patch_embed\.proj|patch_embedding\.patch_embeddings(?:\.1)?)$/.test(stem)) return `patch_embedding.patch_embeddings.${kind}`;
  if (stem === 'norm') return name;
  const [, block = '', part = ''] = BLOCK.exec(stem) ?? [];
  if (monaiParts.has(part)) return name;
  const ours = timmParts[part];
  return ours === undefined ? undefined : `blocks.${block}.${ours}.${kind}`;
}
