/** `monai`: UNETR of MONAI; `timm`: the ViT of timm, MAE and the code of GL-MAE and SelfMedMAE. */
export type WeightStyle = 'monai' | 'timm';

/** What training code puts before the names of a network. The teacher's copy of a weight is not the weight. */
const PREFIXES = /^(?:module|backbone|student|state_dict|model|net|network|_orig_mod|encoder|unetr)\./;

const MONAI = /^(?:vit|encoder[1-4]|decoder[2-5]|out)\./;
/** MONAI 1.4 and 1.5 carry these and never use them (method 7.1). */
const MONAI_UNUSED = /\.(?:norm_cross_attn|cross_attn)\./;
const BLOCK = /^blocks\.(\d+)\.(.+)$/;

/** Parts of a timm block under MONAI's names (method 7.1). */
const blockParts: Readonly<Record<string, string>> = {
  norm1: 'norm1',
  norm2: 'norm2',
  'attn.qkv': 'attn.qkv',
  'attn.proj': 'attn.out_proj',
  'mlp.fc1': 'mlp.linear1',
  'mlp.fc2': 'mlp.linear2',
};

/** The name in our UNETR (MONAI's) of a weight in a file from elsewhere, or undefined for one that the network has no place for. */
export function importedName(given: string): { readonly name: string; readonly style: WeightStyle } | undefined {
  let name = given;
  while (!MONAI.test(name) && PREFIXES.test(name)) name = name.replace(PREFIXES, '');
  if (MONAI.test(name)) {
    if (MONAI_UNUSED.test(name) || name === 'vit.cls_token') return undefined;
    // The "perceptron" embedding of older versions is a Sequential whose second part is the linear layer.
    return { name: name.replace(/^(vit\.patch_embedding\.patch_embeddings)\.1\./, '$1.'), style: 'monai' };
  }
  const timm = timmName(name);
  return timm === undefined ? undefined : { name: timm, style: 'timm' };
}

function timmName(name: string): string | undefined {
  if (name === 'pos_embed') return 'vit.patch_embedding.position_embeddings';
  const [, kind] = /\.(weight|bias)$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  const stem = name.slice(0, -kind.length - 1);
  if (stem === 'patch_embed.proj') return `vit.patch_embedding.patch_embeddings.${kind}`;
  if (stem === 'norm') return `vit.norm.${kind}`;
  const [, block, part] = BLOCK.exec(stem) ?? [];
  const ours = part === undefined ? undefined : blockParts[part];
  return ours === undefined ? undefined : `vit.blocks.${block ?? ''}.${ours}.${kind}`;
}
