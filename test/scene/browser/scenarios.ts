import { sliceScenarios } from './slice-scenarios.ts';
import { spaceScenarios } from './space-scenarios.ts';

const scenarios = { ...sliceScenarios, ...spaceScenarios };

/** What a test can ask of the page. */
export type Scenarios = typeof scenarios;

declare global {
  interface Window {
    scenarios: { run(name: keyof Scenarios, args: readonly unknown[]): Promise<unknown> };
  }
}

window.scenarios = {
  run: (name, args) => (scenarios[name] as (...values: readonly unknown[]) => Promise<unknown>)(...args),
};
