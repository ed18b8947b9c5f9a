"""Losses, gradients and states of every form of pre-training in double precision, computed by PyTorch.

Written from docs/method.md in the order of the papers and without our shortcuts: tokens in raster order, every patch predicted, consistency
as a loop over pairs, Sinkhorn on plain exponentials, DINO's head as weight_norm, schedules as PyTorch and DINO compute them. Gradients are
kept as two numbers for each weight, in the alphabetical order of names: the norm, and the product with a wave.

    python make_method_fixtures.py methods.json && npx prettier --write methods.json
"""

import json
import math
import platform
import sys

import numpy as np
import torch
import torch.nn.functional as F

from make_fixtures import (
    DECODER,
    DECODER_DEPTH,
    DEPTH,
    EPS,
    GLOBAL,
    HEADS,
    HIDDEN,
    LOCAL,
    MASK_RATIO,
    MLP,
    OUT,
    PATCH,
    TAU_STUDENT,
    TAU_TEACHER,
    WIDTH,
    block,
    block_shapes,
    cut,
    decode,
    encode,
    permutation,
    positions,
    view_of,
    wave,
)

torch.set_default_dtype(torch.float64)

BOTTLENECK = 6


def vit_shapes(channels):
    out = [
        ("vit.patch_embedding.patch_embeddings.weight", (WIDTH, channels * PATCH**3)),
        ("vit.patch_embedding.patch_embeddings.bias", (WIDTH,)),
    ]
    for i in range(DEPTH):
        out += block_shapes(f"vit.blocks.{i}", WIDTH, MLP)
    return out + [("vit.norm.weight", (WIDTH,)), ("vit.norm.bias", (WIDTH,)), ("vit.cls_token", (WIDTH,))]


def decoder_shapes(channels):
    out = [("decoder.embed.weight", (DECODER, WIDTH)), ("decoder.embed.bias", (DECODER,)), ("decoder.mask_token", (DECODER,))]
    for i in range(DECODER_DEPTH):
        out += block_shapes(f"decoder.blocks.{i}", DECODER, 4 * DECODER)
    return out + [
        ("decoder.norm.weight", (DECODER,)),
        ("decoder.norm.bias", (DECODER,)),
        ("decoder.predict.weight", (channels * PATCH**3, DECODER)),
        ("decoder.predict.bias", (channels * PATCH**3,)),
    ]


def head_shapes(kind):
    sizes = [WIDTH, HIDDEN, HIDDEN, OUT if kind == "mlp" else BOTTLENECK]
    out = []
    for i in range(3):
        out += [(f"head.{i}.weight", (sizes[i + 1], sizes[i])), (f"head.{i}.bias", (sizes[i + 1],))]
    return out + ([("head.prototypes.weight", (OUT, BOTTLENECK))] if kind == "dino" else [])


def simmim_shapes(channels):
    volume = channels * PATCH**3
    return [("simmim.mask_token", (WIDTH,)), ("simmim.predict.weight", (volume, WIDTH)), ("simmim.predict.bias", (volume,))]


def weights(shapes, phase, trainable):
    made = {}
    for name, shape in shapes:
        code = sum(ord(c) * (i + 1) for i, c in enumerate(name)) % 1000
        norm = ".norm" in name and name.endswith(".weight")
        values = wave(math.prod(shape), 0.37 + 0.001 * code, 0.11 * code + phase, 0.1 if norm else 0.2) + (1 if norm else 0)
        made[name] = values.float().double().reshape(shape).requires_grad_(trainable)
    return made


def head(cls, w, kind):
    y = F.gelu(F.linear(cls, w["head.0.weight"], w["head.0.bias"]))
    y = F.gelu(F.linear(y, w["head.1.weight"], w["head.1.bias"]))
    y = F.linear(y, w["head.2.weight"], w["head.2.bias"])
    if kind == "mlp":
        return y
    v = w["head.prototypes.weight"]
    prototypes = torch._weight_norm(v, torch.ones(OUT, 1), 0)  # what torch.nn.utils.weight_norm computes, gain 1
    return F.linear(F.normalize(y, dim=-1), prototypes)


def target_of(patches, normalised, floor):
    if not normalised:
        return patches
    return (patches - patches.mean(-1, keepdim=True)) / (patches.var(-1, keepdim=True, unbiased=False) + floor) ** 0.5


def reconstruction(y, patches, hidden, o):
    target = target_of(patches, o["normaliseTargets"], o["targetFloor"])
    error = (y - target).abs() if o["reconstructionError"] == "l1" else (y - target) ** 2
    return error.mean() if o["lossPatches"] == "all" else error[hidden].mean()


def sinkhorn(rows, temperature, rounds):
    """As in SwAV and DINOv2: prototypes in rows."""
    q = torch.exp(rows / temperature).t()
    k, b = q.shape
    q /= q.sum()
    for _ in range(rounds):
        q /= q.sum(dim=1, keepdim=True)
        q /= k
        q /= q.sum(dim=0, keepdim=True)
        q /= b
    return (q * b).t()


class Moments:
    """Running mean and variance for batches of fewer than 8 rows."""

    def __init__(self):
        self.mean, self.variance, self.count = torch.zeros(OUT), torch.ones(OUT), 0

    def __call__(self, rows):
        if len(rows) >= 8:
            return 0.1 * (rows - rows.mean(0)) / torch.sqrt(rows.var(0, unbiased=False) + 1e-8)
        with torch.no_grad():
            nu = min(0.9, self.count / (self.count + 1))
            mean, variance = rows.mean(0), rows.var(0, unbiased=False)
            self.variance = nu * self.variance + (1 - nu) * (variance + nu * (mean - self.mean) ** 2)
            self.mean = nu * self.mean + (1 - nu) * mean
            self.count += 1
        return 0.1 * (rows - self.mean) / torch.sqrt(self.variance + 1e-8)


DEFAULTS = {
    "scans": 2,
    "globals": 2,
    "locals": 3,
    "beta": 1.0,
    "antiCollapse": "none",
    "headKind": "mlp",
    "pairs": "all",
    "teacherHead": "average",
    "lossPatches": "masked",
    "reconstructionError": "l2",
    "normaliseTargets": False,
    "targetFloor": 1e-4,
}


def gl_mae(name, **changes):
    """Two steps on the same weights and views: the second sees what the guard against collapse has kept of the first."""
    o = {**DEFAULTS, **changes}
    consistent = o["beta"] > 0
    shared = vit_shapes(1) + (head_shapes(o["headKind"]) if consistent else [])
    centre, moments = torch.zeros(OUT), (Moments(), Moments())
    steps = []
    for _ in range(2):
        student, teacher = weights(shared + decoder_shapes(1), 0.0, True), weights(shared, 0.3, False)
        kinds = {k: v for k, v in {"global": (GLOBAL, o["globals"], 0), "local": (LOCAL, o["locals"], 500)}.items() if v[1] > 0}
        losses, embeddings, complete = {}, {}, []
        for kind, (size, count, offset) in kinds.items():
            grid = size // PATCH
            n = grid**3
            visible = math.floor(n * (1 - MASK_RATIO))
            tables = positions(WIDTH, grid), positions(DECODER, grid)
            errors = []
            for v in range(o["scans"] * count):
                patches = cut(view_of(size, offset + v))
                order = permutation(n, offset + v)
                z = encode(patches, order[:visible], tables[0], student)
                errors.append(reconstruction(decode(z, order[:visible], n, tables[1], student), patches, order[visible:], o))
                if not consistent:
                    continue
                embeddings[kind, v] = head(z[0], student, o["headKind"])
                if kind == "global":
                    with torch.no_grad():
                        cls = encode(patches, torch.arange(n), tables[0], teacher)[0]
                        complete.append(head(cls, student if o["teacherHead"] == "student" else teacher, o["headKind"]))
            losses[kind] = torch.stack(errors).mean()
        total = sum(losses.values())
        result = {f"reconstruction{kind.capitalize()}": loss.item() for kind, loss in losses.items()}
        if consistent:
            rows = torch.stack(complete)
            student_rows = torch.stack(list(embeddings.values()))
            if o["antiCollapse"] == "none":
                a = torch.softmax(rows / TAU_TEACHER, -1)
            elif o["antiCollapse"] == "centre":
                a = torch.softmax((rows - centre) / TAU_TEACHER, -1)
                centre = 0.9 * centre + 0.1 * rows.mean(0)
            elif o["antiCollapse"] == "sinkhorn":
                a = sinkhorn(rows, TAU_TEACHER, 3)
            else:
                a = torch.softmax(moments[0](rows) / TAU_TEACHER, -1)
                student_rows = moments[1](student_rows)
            of = dict(zip(embeddings, student_rows))
            pairs = []
            for scan in range(o["scans"]):
                for i in range(o["globals"]):
                    for kind, (_, count, _) in kinds.items():
                        for j in range(count):
                            if o["pairs"] == "own" and kind == "global" and i != j:
                                continue
                            logs = torch.log_softmax(of[kind, scan * count + j] / TAU_STUDENT, -1)
                            pairs.append(-(a[scan * o["globals"] + i] * logs).sum())
            consistency = torch.stack(pairs).mean()
            result["consistency"] = consistency.item()
            total = total + o["beta"] * consistency
        total.backward()
        steps.append({"loss": total.item(), **result})
    # The state after two steps by the names of our checkpoint.
    state = {}
    if o["antiCollapse"] == "centre":
        state["centre"] = centre.tolist()
    if o["antiCollapse"] == "standardise":
        for who, m in zip(("teacher", "student"), moments):
            if m.count > 0:
                state[f"statistics/{who}/mean"], state[f"statistics/{who}/variance"] = m.mean.tolist(), m.variance.tolist()
    return {"name": name, "method": "gl-mae", "channels": 1, "options": o, "steps": steps, "state": state, **gradients(student)}


def channels_of(size, seed, channels):
    """(N, C P^3): channels slowest."""
    return torch.cat([cut(view_of(size, seed + 1000 * c)) for c in range(channels)], -1)


def crops(name, method, channels, **changes):
    """MAE and SimMIM on crops."""
    o = {**DEFAULTS, **changes}
    shapes = vit_shapes(channels) + (decoder_shapes(channels) if method == "mae" else simmim_shapes(channels))
    w = weights(shapes, 0.0, True)
    grid = LOCAL // PATCH
    n = grid**3
    visible = math.floor(n * (1 - MASK_RATIO))
    # A crop has a grid of its own, on which positions are whole numbers.
    tables = positions(WIDTH, grid), positions(DECODER, grid)
    errors = []
    for v in range(o["scans"] * o["locals"]):
        patches = channels_of(LOCAL, 500 + v, channels)
        order = permutation(n, 500 + v)
        keep, hidden = order[:visible], order[visible:]
        if method == "mae":
            y = decode(encode(patches, keep, tables[0], w), keep, n, tables[1], w)
        else:
            t = F.linear(patches, w["vit.patch_embedding.patch_embeddings.weight"], w["vit.patch_embedding.patch_embeddings.bias"])
            mask = torch.zeros(n, 1)
            mask[hidden] = 1
            t = t * (1 - mask) + w["simmim.mask_token"] * mask
            z = torch.cat([w["vit.cls_token"].reshape(1, -1), t + tables[0]])[None]
            for i in range(DEPTH):
                z = block(z, w, f"vit.blocks.{i}", HEADS)
            z = F.layer_norm(z, (WIDTH,), w["vit.norm.weight"], w["vit.norm.bias"], EPS)[0, 1:]
            y = F.linear(z, w["simmim.predict.weight"], w["simmim.predict.bias"])
        errors.append(reconstruction(y, patches, hidden, o))
    total = torch.stack(errors).mean()
    total.backward()
    step = {"loss": total.item(), "reconstruction": total.item()}
    return {"name": name, "method": method, "channels": channels, "options": o, "steps": [step], "state": {}, **gradients(w)}


def gradients(w):
    names = sorted(w)
    rounded = lambda values: [float(f"{v:.9g}") for v in values]
    flat = {name: torch.zeros_like(w[name]).flatten() if w[name].grad is None else w[name].grad.flatten() for name in names}
    return {
        "names": len(names),
        "norms": rounded(float(flat[name].norm()) for name in names),
        "products": rounded(float((flat[name] * wave(flat[name].numel(), 0.9, 0.3, 1.0)).sum()) for name in names),
    }


def schedules():
    total, warmup, base, start = 50, 7, 2e-3, 0.996
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=base)
    rise = torch.optim.lr_scheduler.LinearLR(optimiser, start_factor=1 / warmup, end_factor=1.0, total_iters=warmup - 1)
    fall = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=total - warmup)
    scheduler = torch.optim.lr_scheduler.SequentialLR(optimiser, [rise, fall], milestones=[warmup])
    rates = []
    for _ in range(total):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    # dino/utils.py, cosine_scheduler without warm-up: base 0.996, final 1 and 0.9999.
    t = np.arange(total)
    momentum = lambda final: (final + 0.5 * (start - final) * (1 + np.cos(np.pi * t / total))).tolist()
    # DINO's temperature of the teacher: np.linspace over the warm-up, then constant; ours reaches the end one step later.
    temperatures = np.concatenate([np.linspace(0.01, 0.04, 11)[:10], np.full(total - 10, 0.04)]).tolist()
    return {
        "total": total,
        "warmup": warmup,
        "base": base,
        "start": start,
        "rates": rates,
        "momentumTo1": momentum(1.0),
        "momentumTo09999": momentum(0.9999),
        "temperatures": temperatures,
    }


if __name__ == "__main__":
    document = {
        "provenance": f"test/parity/make_method_fixtures.py, torch {torch.__version__}, float64, Python {platform.python_version()}",
        "methods": [
            gl_mae("centre", antiCollapse="centre"),
            gl_mae("sinkhorn", antiCollapse="sinkhorn", scans=4),
            gl_mae("running moments", antiCollapse="standardise", scans=1),
            gl_mae("moments of the batch for the student, running ones for the teacher", antiCollapse="standardise", scans=3),
            gl_mae("DINO head with centre", antiCollapse="centre", headKind="dino"),
            gl_mae("own pairs, β 0.3", pairs="own", beta=0.3),
            gl_mae("no local view", locals=0),
            gl_mae("no global view, β 0", globals=0, beta=0.0),
            gl_mae("head of the student", teacherHead="student"),
            gl_mae("normalised targets", beta=0.0, normaliseTargets=True),
            gl_mae("absolute error over all patches", beta=0.0, lossPatches="all", reconstructionError="l1"),
            gl_mae("squared error over all normalised patches", beta=0.0, lossPatches="all", normaliseTargets=True),
            crops("SelfMedMAE", "mae", 1, normaliseTargets=True, targetFloor=1e-6),
            crops("MAE3D, two channels", "mae", 2, reconstructionError="l1"),
            crops("SimMIM", "simmim", 1, reconstructionError="l1"),
            crops("SimMIM with squared error over all patches of two channels", "simmim", 2, lossPatches="all"),
        ],
        "schedules": schedules(),
    }
    with open(sys.argv[1], "w") as file:
        json.dump(document, file, separators=(",", ":"))
