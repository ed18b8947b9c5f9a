import type { Command, Option } from 'commander';
import type { ZodType } from 'zod';
import { listSettings } from '../base/settings.ts';
import { classifySettings, finetuneSettings, pretrainSettings, segResNetFinetuneSettings } from '../learning/index.ts';
import { loadRecipe, recipeNames } from '../learning/recipe.ts';
import { defaultInWords } from './help.ts';
import { importSettings } from './import-settings.ts';
import { buildProgram, commonOptions, verbs } from './program.ts';

/** The text of docs/cli.md, from the verbs, options and settings themselves. `npm run docs` writes it; a test holds the two together. */
export async function commandLineDocs(): Promise<string> {
  const silent = { write: () => undefined };
  const io = { stdout: silent, stderr: silent, signal: new AbortController().signal };
  const program = buildProgram(io, '', () => undefined);
  return [
    introduction,
    table(
      ['verb', 'does', 'writes'],
      verbs.map(({ name, summary, writes }) => [`[\`${name}\`](#${name})`, summary, writes]),
    ),
    '## Options of every verb',
    optionTable(commonOptions()),
    ...program.commands.flatMap(verbSection),
    '## Settings',
    settingsIntroduction,
    ...settingsSection('Settings of pretrain', pretrainSettings),
    ...settingsSection('Settings of finetune', finetuneSettings),
    ...settingsSection('Settings of finetune --network segresnet', segResNetFinetuneSettings),
    ...settingsSection('Settings of classify', classifySettings),
    ...settingsSection('Settings of import-weights', importSettings),
    '## Recipes',
    'Settings that go together, in `resources/recipes/`; each file names the source of every value.',
    table(
      ['recipe', 'for'],
      (await Promise.all((await recipeNames()).map(loadRecipe))).map(({ name, description }) => [`\`${name}\``, description]),
    ),
  ].join('\n\n');
}

const introduction = `# The command line

<!-- Written by \`npm run docs\` from core/cli. Change it there. -->

\`npx tessera VERB\` from a clone, or \`npm start -- VERB\`; \`tessera VERB\` once installed. \`tessera VERB --help\` shows the options of a verb.

- **Standard output** carries the answer alone; with \`--json\` it is one JSON document. Progress, notes and errors go to standard error: a bar on a terminal, elsewhere a line every ten seconds.
- **Exit status**: 0 done; 1 failed; 2 wrong usage; 130 cancelled. A failure is one line: what is wrong, with which file or option, and what to do. With \`--json\` it is also \`{ "error": { "code", "subject", "message", "advice" } }\`.
- **Ctrl-C** finishes the step under way and keeps what is done; a second one stops at once. \`--resume\` goes on with a run exactly.
- **A folder of scans** has \`images/\` with optional \`labels/\` of the same file names; or \`imagesTr/\`, \`labelsTr/\`, \`dataset.json\` (Medical Segmentation Decathlon, nnU-Net); or it is any folder tree of scans. Label names come from \`dataset.json\` or \`labels.json\`, regions of several labels from \`dataset.json\` as nnU-Net has it. \`split.json\`, \`{ "test": [ids] }\`, locks cases away from training; \`patients.json\`, \`{ "case id": "patient id" }\`, keeps the scans of a patient together.
- **Nothing is written in part**: each file appears whole or not at all. Results never overwrite a scan.

## Verbs`;

const settingsIntroduction = `\`--set name=value\` changes one, and may be repeated. A name alone means the first setting of that name below (\`width\` is the encoder's); a dotted path such as \`decoder.width\` always works. Three numbers are written \`8,8,8\`, \`8x8x8\`, or \`8\` for three alike; an intensity mapping \`window:-175,250\`, \`zscore\` or \`percentile:0.5,99.5\`; regions \`whole=1+2+3,core=2+3\`. An unknown name or a value out of range is an error that names the nearest settings and the range. Strongest first: \`--set\`, other options, the encoder of \`--init\`, the recipe, the defaults below.`;

function verbSection(command: Command): string[] {
  const common = new Set(commonOptions().map((option) => option.long));
  const own = command.options.filter(({ long, hidden }) => !hidden && !common.has(long));
  const args = command.registeredArguments.map((argument) => [
    `\`${argument.name()}\``,
    argument.description + (argument.argChoices === undefined ? '' : `: ${argument.argChoices.join(', ')}`),
  ]);
  const [first = '', ...rest] = command.description();
  return [
    `### ${command.name()}`,
    `${first.toUpperCase()}${rest.join('')}.`,
    `\`\`\`\ntessera ${command.name()} ${command.usage()}\n\`\`\``,
    ...(args.length === 0 ? [] : [table(['argument', 'meaning'], args)]),
    ...(own.length === 0 ? [] : [optionTable(own)]),
  ];
}

function optionTable(options: readonly Option[]): string {
  return table(
    ['option', 'meaning', 'values', 'default'],
    options.map((option) => [
      `\`${option.flags}\``,
      option.description + (option.mandatory ? ' (required)' : ''),
      option.argChoices?.join(', ') ?? '',
      defaultInWords(option) ?? '',
    ]),
  );
}

function settingsSection(title: string, schema: ZodType): string[] {
  const rows = listSettings(schema).map(({ path, description, range, default: value, unit }) => [
    `\`${path}\``,
    description,
    range,
    value === '' ? '' : `\`${value}\`${unit === undefined ? '' : ` ${unit}`}`,
  ]);
  return [`### ${title}`, table(['setting', 'meaning', 'values', 'default'], rows)];
}

function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
