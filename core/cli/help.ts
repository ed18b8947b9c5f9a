import type { Command, HelpConfiguration, Option } from 'commander';

/** How help is laid out: verbs with their arguments alone, options with the defaults that say something. */
export const helpLayout: HelpConfiguration = {
  subcommandTerm: (command: Command) => [command.name(), command.usage().replace('[options]', '').trim()].join(' ').trim(),
  optionDescription,
};

/** What an option means, with its choices and its default. */
export function optionDescription(option: Option): string {
  const { description, argChoices } = option;
  const value = defaultInWords(option);
  const notes = [...(argChoices === undefined ? [] : [argChoices.join(', ')]), ...(value === undefined ? [] : [`default: ${value}`])];
  return notes.length === 0 ? description : `${description} (${notes.join('; ')})`;
}

/** A flag is off and a list empty unless given; nobody needs to read that. */
export function defaultInWords({ defaultValue }: Option): string | undefined {
  return typeof defaultValue === 'string' || typeof defaultValue === 'number' ? String(defaultValue) : undefined;
}
