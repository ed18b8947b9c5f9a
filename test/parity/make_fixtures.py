"""Numbers of one GL-MAE step, of trilinear resizing and of AdamW in double precision, computed by PyTorch.

Written from the description of the method (docs/method.md) in the paper's order and without its shortcuts: tokens go back to raster order
before the decoder, every patch is predicted and the loss picks the masked ones, the teacher sees complete views in raster order, and the
consistency is a loop over all p (p + q) pairs of a scan.

    python make_fixtures.py fixtures.json && npx prettier --write fixtures.json
"""

import json
import math
import platform
import sys

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)

WIDTH, DEPTH, HEADS, MLP = 24, 2, 2, 96
DECODER, DECODER_DEPTH, DECODER_HEADS = 12, 1, 2
HIDDEN, OUT = 16, 8
PATCH, GLOBAL, LOCAL = 4, 16, 8
P, Q = 2, 3
MASK_RATIO = 0.75
TAU_STUDENT, TAU_TEACHER = 0.1, 0.04
EPS = 1e-6
LOCAL_GRID = LOCAL // PATCH


def wave(n, a, b, scale):
    """As in the TypeScript test; single precision, so that both start from the same numbers. Squares: a plain sine makes matrices of rank 2."""
    k = torch.arange(n)
    return (scale * torch.sin(a * k * k + b)).float().double()


def block_shapes(prefix, d, mlp):
    return [
        (f"{prefix}.mlp.linear1.weight", (mlp, d)),
        (f"{prefix}.mlp.linear1.bias", (mlp,)),
        (f"{prefix}.mlp.linear2.weight", (d, mlp)),
        (f"{prefix}.mlp.linear2.bias", (d,)),
        (f"{prefix}.norm1.weight", (d,)),
        (f"{prefix}.norm1.bias", (d,)),
        (f"{prefix}.attn.out_proj.weight", (d, d)),
        (f"{prefix}.attn.out_proj.bias", (d,)),
        (f"{prefix}.attn.qkv.weight", (3 * d, d)),
        (f"{prefix}.attn.qkv.bias", (3 * d,)),
        (f"{prefix}.norm2.weight", (d,)),
        (f"{prefix}.norm2.bias", (d,)),
    ]


def shapes():
    out = [
        ("vit.patch_embedding.patch_embeddings.weight", (WIDTH, PATCH**3)),
        ("vit.patch_embedding.patch_embeddings.bias", (WIDTH,)),
    ]
    for i in range(DEPTH):
        out += block_shapes(f"vit.blocks.{i}", WIDTH, MLP)
    out += [("vit.norm.weight", (WIDTH,)), ("vit.norm.bias", (WIDTH,)), ("vit.cls_token", (WIDTH,))]
    sizes = [WIDTH, HIDDEN, HIDDEN, OUT]
    for i in range(3):
        out += [(f"head.{i}.weight", (sizes[i + 1], sizes[i])), (f"head.{i}.bias", (sizes[i + 1],))]
    out += [("decoder.embed.weight", (DECODER, WIDTH)), ("decoder.embed.bias", (DECODER,)), ("decoder.mask_token", (DECODER,))]
    for i in range(DECODER_DEPTH):
        out += block_shapes(f"decoder.blocks.{i}", DECODER, 4 * DECODER)
    out += [
        ("decoder.norm.weight", (DECODER,)),
        ("decoder.norm.bias", (DECODER,)),
        ("decoder.predict.weight", (PATCH**3, DECODER)),
        ("decoder.predict.bias", (PATCH**3,)),
    ]
    return out


def weights(phase, trainable):
    """Each weight is a sine whose frequency and phase come from its name: the order of the list does not matter."""
    made = {}
    for name, shape in shapes():
        if not trainable and name.startswith("decoder."):
            continue
        code = sum(ord(c) * (i + 1) for i, c in enumerate(name)) % 1000
        norm = ".norm" in name and name.endswith(".weight")
        values = wave(math.prod(shape), 0.37 + 0.001 * code, 0.11 * code + phase, 0.1 if norm else 0.2) + (1 if norm else 0)
        made[name] = values.float().double().reshape(shape).requires_grad_(trainable)
    return made


def positions(width, grid):
    k = width // 6
    omega = 10000.0 ** (-torch.arange(k) / k)
    c = (torch.arange(grid) + 0.5) * LOCAL_GRID / grid - 0.5
    rows = []
    for i0 in range(grid):
        for i1 in range(grid):
            for i2 in range(grid):
                rows.append(torch.cat([f(c[i] * omega) for i in (i0, i1, i2) for f in (torch.sin, torch.cos)]))
    return torch.stack(rows)


def block(x, w, prefix, heads):
    d = x.shape[-1]
    y = F.layer_norm(x, (d,), w[f"{prefix}.norm1.weight"], w[f"{prefix}.norm1.bias"], EPS)
    qkv = F.linear(y, w[f"{prefix}.attn.qkv.weight"], w[f"{prefix}.attn.qkv.bias"])
    q, k, v = (t.reshape(*t.shape[:-1], heads, d // heads).transpose(1, 2) for t in qkv.split(d, -1))
    a = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(d // heads), -1) @ v
    a = a.transpose(1, 2).reshape(x.shape)
    x = x + F.linear(a, w[f"{prefix}.attn.out_proj.weight"], w[f"{prefix}.attn.out_proj.bias"])
    y = F.layer_norm(x, (d,), w[f"{prefix}.norm2.weight"], w[f"{prefix}.norm2.bias"], EPS)
    y = F.gelu(F.linear(y, w[f"{prefix}.mlp.linear1.weight"], w[f"{prefix}.mlp.linear1.bias"]))
    return x + F.linear(y, w[f"{prefix}.mlp.linear2.weight"], w[f"{prefix}.mlp.linear2.bias"])


def cut(view):
    """(S, S, S) -> (N, P^3), grid and voxels row-major."""
    g = view.shape[0] // PATCH
    return view.reshape(g, PATCH, g, PATCH, g, PATCH).permute(0, 2, 4, 1, 3, 5).reshape(g**3, PATCH**3)


def encode(patches, keep, table, w):
    """One view; `keep`: places of the visible patches."""
    t = F.linear(patches[keep], w["vit.patch_embedding.patch_embeddings.weight"], w["vit.patch_embedding.patch_embeddings.bias"])
    z = torch.cat([w["vit.cls_token"].reshape(1, -1), t + table[keep]])[None]
    for i in range(DEPTH):
        z = block(z, w, f"vit.blocks.{i}", HEADS)
    return F.layer_norm(z, (WIDTH,), w["vit.norm.weight"], w["vit.norm.bias"], EPS)[0]


def decode(z, keep, n, table, w):
    """All patches of one view in raster order."""
    h = F.linear(z, w["decoder.embed.weight"], w["decoder.embed.bias"])
    rows = [w["decoder.mask_token"]] * n
    for at, place in enumerate(keep.tolist()):
        rows[place] = h[1 + at]
    y = torch.cat([h[:1], torch.stack(rows) + table])[None]
    for i in range(DECODER_DEPTH):
        y = block(y, w, f"decoder.blocks.{i}", DECODER_HEADS)
    y = F.layer_norm(y, (DECODER,), w["decoder.norm.weight"], w["decoder.norm.bias"], EPS)[0, 1:]
    return F.linear(y, w["decoder.predict.weight"], w["decoder.predict.bias"])


def head(cls, w):
    y = F.gelu(F.linear(cls, w["head.0.weight"], w["head.0.bias"]))
    y = F.gelu(F.linear(y, w["head.1.weight"], w["head.1.bias"]))
    return F.linear(y, w["head.2.weight"], w["head.2.bias"])


def standardise(e):
    """Rows over the batch to mean 0 and (population) standard deviation 1, brought to a spread of 0.1."""
    return 0.1 * (e - e.mean(0)) / torch.sqrt(e.var(0, unbiased=False) + 1e-8)


def permutation(n, seed):
    """As in the TypeScript test; n is a power of 2."""
    return (37 * torch.arange(n) + 11 * seed + 3) % n


def view_of(size, seed):
    a, b, c = torch.meshgrid(torch.arange(size), torch.arange(size), torch.arange(size), indexing="ij")
    return (0.5 + 0.5 * torch.sin(0.05 * (seed + 1) * (a + 2 * b + 3 * c) + seed)).float().double()


def step(scans, anti_collapse):
    student, teacher = weights(0.0, True), weights(0.3, False)
    kinds = {"global": (GLOBAL, P, 0), "local": (LOCAL, Q, 500)}
    losses, embeddings, complete = {}, {}, []
    for kind, (size, count, offset) in kinds.items():
        grid = size // PATCH
        n = grid**3
        visible = math.floor(n * (1 - MASK_RATIO))
        tables = positions(WIDTH, grid), positions(DECODER, grid)
        errors = []
        for v in range(scans * count):
            patches = cut(view_of(size, offset + v))
            order = permutation(n, offset + v)
            keep, hidden = order[:visible], order[visible:]
            z = encode(patches, keep, tables[0], student)
            y = decode(z, keep, n, tables[1], student)
            errors.append(((y - patches)[hidden] ** 2).mean())
            embeddings[kind, v] = head(z[0], student)
            if kind == "global":
                with torch.no_grad():
                    complete.append(head(encode(patches, torch.arange(n), tables[0], teacher)[0], teacher))
        losses[kind] = torch.stack(errors).mean()

    teacher_rows = torch.stack(complete)
    keys = list(embeddings)
    student_rows = torch.stack([embeddings[key] for key in keys])
    if anti_collapse == "standardise":
        teacher_rows, student_rows = standardise(teacher_rows), standardise(student_rows)
    of = dict(zip(keys, student_rows))
    pairs = []
    for scan in range(scans):
        for i in range(P):
            a = torch.softmax(teacher_rows[scan * P + i] / TAU_TEACHER, -1)
            for kind, (_, count, _) in kinds.items():
                for j in range(count):
                    pairs.append(-(a * torch.log_softmax(of[kind, scan * count + j] / TAU_STUDENT, -1)).sum())
    assert len(pairs) == scans * P * (P + Q)
    consistency = torch.stack(pairs).mean()
    total = losses["global"] + losses["local"] + consistency
    total.backward()

    norm = math.sqrt(sum(float((w.grad**2).sum()) for w in student.values()))
    gradients = {name: {"norm": float(w.grad.norm()), "first": w.grad.flatten()[:4].tolist()} for name, w in student.items()}

    clip = 0.5 * norm  # so that clipping is at work
    groups = [
        {"params": [w for w in student.values() if w.dim() > 1], "weight_decay": 0.05},
        {"params": [w for w in student.values() if w.dim() == 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.95), eps=1e-8)
    torch.nn.utils.clip_grad_norm_(list(student.values()), clip)
    before = {name: w.detach().clone() for name, w in student.items()}
    optimiser.step()
    moved = {name: (w.detach() - before[name]).flatten()[:4].tolist() for name, w in student.items()}
    mu = 0.9
    averaged = {name: (mu * w + (1 - mu) * student[name]).detach().flatten()[:4].tolist() for name, w in teacher.items()}
    return {
        "scans": scans,
        "antiCollapse": anti_collapse,
        "reconstructionGlobal": losses["global"].item(),
        "reconstructionLocal": losses["local"].item(),
        "consistency": consistency.item(),
        "total": total.item(),
        "gradientNorm": norm,
        "clip": clip,
        "gradients": gradients,
        "moved": moved,
        "teacher": averaged,
    }


def resizing(box, size):
    x = wave(math.prod(box), 0.7, 0.2, 1.0).reshape(1, 1, *box)
    if all(b <= s for b, s in zip(box, size)):
        y = F.interpolate(x, size=size, mode="trilinear", align_corners=False)
        how = "trilinear, align_corners False"
    else:
        # PyTorch widens the triangle in two dimensions only: the last two axes, then the first.
        y = F.interpolate(x[0], size=size[1:], mode="bilinear", align_corners=False, antialias=True)
        lines = y.reshape(1, 1, box[0], -1)
        y = F.interpolate(lines, size=(size[0], lines.shape[-1]), mode="bilinear", align_corners=False, antialias=True)
        how = "bilinear with antialias, axis by axis"
    return {"box": box, "size": size, "how": how, "values": [round(v, 9) for v in y.flatten().tolist()]}


def adamw():
    """Three steps; the second gradient is tiny, the third large."""
    w = wave(6, 0.9, 0.1, 1.0).requires_grad_(True)
    optimiser = torch.optim.AdamW([w], lr=2e-3, betas=(0.9, 0.95), eps=1e-8, weight_decay=0.05)
    steps = []
    for t, scale in enumerate([1.0, 1e-4, 30.0]):
        w.grad = wave(6, 1.3 + t, 0.4, scale)
        optimiser.step()
        steps.append(w.detach().tolist())
    return {"learningRate": 2e-3, "beta1": 0.9, "beta2": 0.95, "epsilon": 1e-8, "weightDecay": 0.05, "steps": steps}


if __name__ == "__main__":
    document = {
        "provenance": f"test/parity/make_fixtures.py, torch {torch.__version__}, float64, Python {platform.python_version()}",
        "steps": [step(2, "none"), step(4, "standardise")],
        "resizing": [resizing((3, 4, 5), (6, 8, 7)), resizing((1, 2, 3), (4, 2, 9)), resizing((9, 10, 7), (4, 6, 5))],
        "adamw": adamw(),
    }
    with open(sys.argv[1], "w") as file:
        json.dump(document, file, separators=(",", ":"))
