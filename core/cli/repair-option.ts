import { InvalidArgumentError, Option } from 'commander';
import type { Finding, RepairName } from '../imaging/index.ts';

const names = ['even-spacing', 'straighten'] as const satisfies readonly RepairName[];
const choices = [...names, 'all'] as const;
export type RepairChoice = (typeof choices)[number];

/** `--repair`, which may be given several times. */
export function repairOption(): Option {
  return new Option('--repair <name>', `mend scans whose findings offer it: ${choices.join(', ')}; repeatable`).argParser(
    (text: string, before: readonly RepairChoice[] | undefined): readonly RepairChoice[] => {
      const choice = choices.find((name) => name === text);
      if (choice === undefined) throw new InvalidArgumentError(`It takes one of ${choices.join(', ')}.`);
      return [...(before ?? []), choice];
    },
  );
}

/** What `--repair` asks for. */
export function repairsOf(given: readonly RepairChoice[] = []): readonly RepairName[] {
  return names.filter((name) => given.includes('all') || given.includes(name));
}

/** A finding for people on a terminal, with the option that mends it. */
export function withRepair({ message, repair }: Finding): string {
  return repair === undefined ? message : `${message} --repair ${repair} of import, segment and reconstruct mends it.`;
}
