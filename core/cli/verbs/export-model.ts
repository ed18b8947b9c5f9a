import { Option, type Command } from 'commander';
import { existsSync } from 'node:fs';
import { TesseraError } from '../../base/errors.ts';
import type { Session } from '../session.ts';
import type { Verb } from '../verb.ts';

interface ExportCliOptions {
  readonly format: 'safetensors' | 'onnx';
  readonly out: string;
}

export const exportModelVerb: Verb = {
  name: 'export-model',
  summary: 'a model as one file for other programs: weights for PyTorch and MONAI, or a network for ONNX runtimes',
  writes: '`FILE`',
  define: (command: Command) =>
    command
      .argument('<model>', 'folder of a model (model.json), or of a fine-tuning run')
      .addOption(
        new Option('--format <name>', 'safetensors: weights in PyTorch layout under MONAI’s names; onnx: the network itself')
          .choices(['safetensors', 'onnx'])
          .makeOptionMandatory(),
      )
      .requiredOption('--out <file>', 'the new file'),
  run,
};

async function run(session: Session, args: readonly string[], { format, out }: ExportCliOptions): Promise<void> {
  if (existsSync(out)) throw new TesseraError('bad-setting', 'is there already.', { subject: out, advice: 'Give another --out.' });
  const { modelFolder } = await import('../model-folder.ts');
  const { openModelFile } = await import('../../model/model-file.ts');
  const folder = modelFolder(args[0] ?? '');
  const model = await openModelFile(folder);
  try {
    const { document } = model;
    if (format === 'onnx') {
      const { exportOnnx, OPSET } = await import('../../model/onnx/export-onnx.ts');
      const { writeFileAtomic } = await import('../../base/atomic-file.ts');
      const { bytes, input, output } = await exportOnnx(document, (spec) => model.weight(spec.name), folder);
      await writeFileAtomic(out, bytes);
      session.answer(
        { model: folder, format, file: out, bytes: bytes.length, opset: OPSET, input, output },
        `${out}: ${input.name} (${input.shape.join(' x ')}) to ${output.name} (${output.shape.join(' x ')}), opset ${OPSET}, ${megabytes(bytes.length)}.`,
      );
      return;
    }
    const { exportSafetensors } = await import('../../model/export-safetensors.ts');
    const { tensors, bytes } = await exportSafetensors(out, model);
    session.answer(
      { model: folder, format, file: out, bytes, tensors },
      `${out}: ${tensors} weights in PyTorch layout under MONAI’s names, ${megabytes(bytes)}.`,
    );
  } finally {
    await model.close();
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
