import type {
  NewFinetuning,
  NewPretraining,
  NewRun,
  PreflightCard,
  PreflightRepair,
  SettingsKind,
  TrainingHost,
  TrainingSetting,
  TrainingSettingsList,
} from '../api/training.ts';
import type { ScanSummary } from '../api/types.ts';
import { usualMinutes, usualRecipe } from './usual-run.ts';

export type RunKind = NewRun['kind'];

/** Settings that the form asks for by itself. */
const ASKED_FOR: ReadonlySet<string> = new Set(['epochs', 'freezeEncoder']);

/** A run that is being described: what is chosen, what the check says, until it starts. */
export class RunForm {
  readonly kind: RunKind;
  name = $state('');
  /** Predicted time; null: as many epochs as the settings say. */
  minutes = $state<number | null>(null);
  scans = $state.raw<readonly string[]>([]);
  /** Of a recipe; empty for none. */
  recipe = $state('');
  /** A model to begin with; empty for none. */
  encoder = $state('');
  network = $state<'unetr' | 'segresnet'>('unetr');
  frozen = $state(false);
  /** Id of a split, or empty: a draw. */
  split = $state('');
  /** So many folds by patient, of which one validates; null: no folds. Without a split. */
  folds = $state<number | null>(null);
  /** Which of them, from 0. */
  fold = $state(0);
  /** Names of segments; null: all. */
  segments = $state.raw<readonly string[] | null>(null);
  onlyDone = $state(false);
  /** Settings that were changed, by path, as they are typed. */
  changed = $state.raw<Readonly<Record<string, string>>>({});
  /** Segments that are said to be absent in scans. */
  #absent = $state.raw<NonNullable<PreflightRepair['absent']>>([]);
  /** Settings that a repair gave, nested. */
  #repaired = $state.raw<Readonly<Record<string, unknown>>>({});
  list = $state.raw<TrainingSettingsList | null>(null);
  card = $state.raw<PreflightCard | null>(null);
  checking = $state(false);
  readonly #host: TrainingHost;
  #aborter = new AbortController();

  /** @param scans to learn from, unless others are chosen @param encoder a model to begin with; empty for none */
  constructor(host: TrainingHost, kind: RunKind, scans: readonly ScanSummary[], encoder = '') {
    this.#host = host;
    this.kind = kind;
    this.scans = scans.map(({ id }) => id);
    this.encoder = encoder;
    this.recipe = usualRecipe(kind, scans);
    this.minutes = usualMinutes(scans);
  }

  get settingsKind(): SettingsKind {
    return this.kind === 'pretrain' ? 'pretrain' : this.network === 'unetr' ? 'finetune' : 'segresnet';
  }

  /** Settings beyond those that the form asks for. */
  get advanced(): readonly TrainingSetting[] {
    return this.list?.settings.filter(({ path }) => !ASKED_FOR.has(path)) ?? [];
  }

  /** What a setting is unless it is changed: of the recipe, else its default. */
  usual(path: string): string {
    const recipe = this.list?.recipes.find(({ name }) => name === this.recipe);
    return recipe?.settings[path] ?? this.list?.settings.find((setting) => setting.path === path)?.default ?? '';
  }

  async load(): Promise<void> {
    this.list = await this.#host.settings(this.settingsKind);
  }

  /** Changes a setting; to what it is anyway: nothing of it is said. */
  set(path: string, text: string): void {
    const others = Object.entries(this.changed).filter(([other]) => other !== path);
    this.changed = Object.fromEntries(text.trim() === '' || text === this.usual(path) ? others : [...others, [path, text.trim()]]);
    this.outdate();
  }

  /** What was checked is no longer what is asked for. */
  outdate(): void {
    this.#aborter.abort();
    this.card = null;
    this.checking = false;
  }

  /** What is asked of the host. @param unnamed what it is called unless it has a name */
  request(unnamed: string): NewRun {
    const set = Object.entries(this.changed).map(([path, text]) => `${path}=${text}`);
    const common = {
      name: this.name.trim() || unnamed,
      scans: [...this.scans],
      ...(this.recipe === '' ? {} : { recipe: this.recipe }),
      ...(this.minutes === null ? {} : { minutes: this.minutes }),
      ...(set.length === 0 ? {} : { set }),
      ...(Object.keys(this.#repaired).length === 0 ? {} : { settings: this.#repaired }),
    };
    if (this.kind === 'pretrain') {
      const job: NewPretraining = { kind: 'pretrain', ...common, ...(this.encoder === '' ? {} : { encoder: this.encoder }) };
      return job;
    }
    const job: NewFinetuning = {
      kind: 'finetune',
      ...common,
      encoder: this.encoder === '' || this.network !== 'unetr' ? null : this.encoder,
      network: this.network,
      frozen: this.frozen && this.encoder !== '',
      labels: {
        layer: 'newest',
        ...(this.segments === null ? {} : { segments: [...this.segments] }),
        ...(this.onlyDone ? { states: ['done'] } : {}),
        ...(this.#absent.length === 0 ? {} : { absent: this.#absent }),
      },
      ...(this.split === '' ? {} : { split: this.split }),
      ...(this.split !== '' || this.folds === null ? {} : { fold: { of: this.folds, index: Math.min(this.fold, this.folds - 1) } }),
    };
    return job;
  }

  get mayCheck(): boolean {
    return this.scans.length > 0 && !this.checking && this.segments?.length !== 0;
  }

  get refused(): boolean {
    return this.card?.findings.some(({ severity }) => severity === 'refusal') ?? false;
  }

  /** Asks the host what it would take, and what speaks against it. */
  async check(unnamed: string): Promise<void> {
    this.outdate();
    const aborter = (this.#aborter = new AbortController());
    this.checking = true;
    try {
      const card = await this.#host.preflight(this.request(unnamed), { signal: aborter.signal });
      if (!aborter.signal.aborted) this.card = card;
    } finally {
      if (this.#aborter === aborter) this.checking = false;
    }
  }

  /** Does what a finding offers. */
  repair({ leaveOut, absent, settings, allLabels }: PreflightRepair): void {
    if (leaveOut !== undefined) this.scans = this.scans.filter((id) => !leaveOut.includes(id));
    if (absent !== undefined) this.#absent = [...this.#absent, ...absent];
    if (settings !== undefined) {
      this.#repaired = merged(this.#repaired, settings);
      // What was typed would be stronger.
      const paths = pathsOf(settings);
      const isRepaired = (path: string): boolean => paths.some((one) => path === one || path.startsWith(`${one}.`));
      this.changed = Object.fromEntries(Object.entries(this.changed).filter(([path]) => !isRepaired(path)));
    }
    if (allLabels === true) {
      this.segments = null;
      this.onlyDone = false;
    }
    this.outdate();
  }
}

type Nested = Readonly<Record<string, unknown>>;

function merged(base: Nested, changes: Nested): Nested {
  const result: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(changes)) {
    const old = result[name];
    result[name] = isNested(value) && isNested(old) ? merged(old, value) : value;
  }
  return result;
}

/** Dotted paths of all values. */
function pathsOf(settings: Nested, before = ''): string[] {
  return Object.entries(settings).flatMap(([name, value]) => (isNested(value) ? pathsOf(value, `${before}${name}.`) : [before + name]));
}

function isNested(value: unknown): value is Nested {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
