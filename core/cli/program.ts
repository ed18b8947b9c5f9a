import { Command, Option } from 'commander';
import { wholeNumber } from './arguments.ts';
import { helpLayout } from './help.ts';
import type { CliIo } from './io.ts';
import { Session, type CommonOptions } from './session.ts';
import type { Verb } from './verb.ts';
import { classifyVerb } from './verbs/classify.ts';
import { compareVerb } from './verbs/compare.ts';
import { deidentifyVerb } from './verbs/deidentify.ts';
import { demoVerb } from './verbs/demo.ts';
import { doctorVerb } from './verbs/doctor.ts';
import { evaluateVerb } from './verbs/evaluate.ts';
import { exportVerb } from './verbs/export.ts';
import { exportModelVerb } from './verbs/export-model.ts';
import { finetuneVerb } from './verbs/finetune.ts';
import { importVerb } from './verbs/import.ts';
import { importWeightsVerb } from './verbs/import-weights.ts';
import { infoVerb } from './verbs/info.ts';
import { pacsVerb } from './verbs/pacs.ts';
import { pretrainVerb } from './verbs/pretrain.ts';
import { reconstructVerb } from './verbs/reconstruct.ts';
import { runtimeVerb } from './verbs/runtime.ts';
import { segmentVerb } from './verbs/segment.ts';
import { serveVerb } from './verbs/serve.ts';

/** In the order of a first day with the program. */
export const verbs: readonly Verb[] = [
  doctorVerb,
  runtimeVerb,
  demoVerb,
  infoVerb,
  importVerb,
  deidentifyVerb,
  pretrainVerb,
  finetuneVerb,
  classifyVerb,
  segmentVerb,
  reconstructVerb,
  evaluateVerb,
  compareVerb,
  exportVerb,
  importWeightsVerb,
  exportModelVerb,
  pacsVerb,
  serveVerb,
];

/** The whole command line. Nothing heavy is loaded until a verb runs. @param opened told of the session of the verb that runs */
export function buildProgram(io: CliIo, version: string, opened: (session: Session) => void): Command {
  const program = new Command('tessera')
    .description(
      'Learn from private CT and MR scans: masked pre-training (GL-MAE), few-label segmentation (UNETR). Nothing leaves the machine.',
    )
    .version(version, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .helpCommand(false)
    .configureHelp(helpLayout)
    .showSuggestionAfterError()
    .exitOverride()
    // Errors are told once, by runCli.
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      outputError: () => undefined,
    });
  for (const verb of verbs) addVerb(program, verb, io, opened);
  return program;
}

function addVerb(program: Command, verb: Verb, io: CliIo, opened: (session: Session) => void): void {
  const command = verb.define(program.command(verb.name).description(verb.summary).helpOption('--help', 'print this help'));
  for (const option of commonOptions()) command.addOption(option);
  command.action(async () => {
    const session = new Session(command.opts<CommonOptions>(), io);
    opened(session);
    await verb.run(session, command.args, command.opts());
  });
}

/** Every verb takes these, so that a script can pass them everywhere. */
export function commonOptions(): Option[] {
  return [
    new Option('--json', 'print one JSON document on standard output and nothing else there').default(false),
    new Option('--backend <name>', 'what computes').choices(['auto', 'tensorflow', 'webgpu', 'wasm']).default('auto'),
    new Option('--threads <n>', 'threads that one operation may use; one for each core unless given').argParser(wholeNumber(1, 1024)),
    new Option('--seed <n>', 'seed of every random number').argParser(wholeNumber(0, 2 ** 32 - 1)).default(0),
  ];
}
