import { fileURLToPath } from 'node:url';
import boundaries from 'eslint-plugin-boundaries';
import svelte from 'eslint-plugin-svelte';
import tseslint from 'typescript-eslint';
import svelteConfig from './renderer/svelte.config.js';

/**
 * Which room of core/ may import which (docs/architecture.md). Arrows point one way.
 * @type {Record<string, string[]>}
 */
const rooms = {
  base: [],
  imaging: ['base'],
  compute: ['base'],
  labelling: ['imaging', 'base'],
  evaluation: ['imaging', 'base'],
  model: ['compute', 'imaging', 'base'],
  learning: ['imaging', 'labelling', 'compute', 'model', 'inference', 'evaluation', 'base'],
  inference: ['imaging', 'labelling', 'compute', 'model', 'base'],
  report: ['imaging', 'evaluation', 'base'],
  workspace: ['imaging', 'labelling', 'base'],
  pacs: ['imaging', 'base'],
  service: ['imaging', 'labelling', 'compute', 'model', 'learning', 'inference', 'evaluation', 'report', 'workspace', 'pacs', 'base'],
  cli: [
    'imaging',
    'labelling',
    'compute',
    'model',
    'learning',
    'inference',
    'evaluation',
    'report',
    'workspace',
    'pacs',
    'service',
    'base',
  ],
};

const layers = Object.entries(rooms).map(([room, others]) => ({
  from: { element: { type: room } },
  disallow: { to: { element: { types: { noneOf: [room, ...others] } } } },
  message: `core/${room} may import ${others.length === 0 ? 'no other room' : others.map((other) => `core/${other}`).join(', ')} (docs/architecture.md).`,
}));

/** A fifth of the time of all rules: there are no enums here, and classes with private fields are told apart by the compiler. */
const tooSlow = {
  '@typescript-eslint/no-unsafe-enum-assignment': 'off',
  '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
};

export default tseslint.config(
  { ignores: ['dist/', 'out/', 'coverage/', 'node_modules/'] },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      // The same extensions as below: where they differ from file to file, all types are read anew.
      parserOptions: {
        projectService: true,
        extraFileExtensions: ['.svelte'],
        tsconfigRootDir: fileURLToPath(new URL('.', import.meta.url)),
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // Numbers in messages are the rule here, not the exception, and print as expected.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `() => list.push(x)` as a callback reads well and hides nothing.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // Axis codes and column widths are counted in code points, which is what spreading a string gives.
      '@typescript-eslint/no-misused-spread': ['error', { allow: ['string'] }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      ...tooSlow,
      eqeqeq: 'error',
    },
  },
  {
    files: ['renderer/**/*.svelte', 'renderer/**/*.svelte.ts'],
    extends: [tseslint.configs.strictTypeChecked, svelte.configs.recommended],
    languageOptions: {
      parserOptions: {
        parser: tseslint.parser,
        projectService: true,
        extraFileExtensions: ['.svelte'],
        tsconfigRootDir: fileURLToPath(new URL('.', import.meta.url)),
        svelteConfig,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      ...tooSlow,
      // `void value` in an effect says: run again when it changes.
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      // Some of the properties of a component may be written, all are declared at once.
      'prefer-const': ['error', { destructuring: 'all' }],
      eqeqeq: 'error',
    },
  },
  {
    // Callbacks and snippets in a template have no types here; svelte-check has them and is part of the type check.
    files: ['renderer/**/*.svelte'],
    rules: {
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
    },
  },
  {
    files: ['core/**/*.ts', 'electron/**/*.ts', 'renderer/**/*.ts', 'renderer/**/*.svelte'],
    plugins: { boundaries },
    settings: {
      'boundaries/elements': [
        ...Object.keys(rooms).map((room) => ({ type: room, pattern: `core/${room}` })),
        { type: 'electron', pattern: 'electron' },
        { type: 'scene', pattern: 'renderer/scene' },
        { type: 'renderer', pattern: 'renderer' },
      ],
    },
    rules: {
      'boundaries/dependencies': [
        'error',
        {
          default: 'allow',
          // Also packages, not only files of this project.
          checkAllOrigins: true,
          policies: [
            ...layers,
            {
              from: { element: { type: '!compute' } },
              disallow: { to: { module: { origin: 'external', source: '@tensorflow/*' } } },
              message: 'Only core/compute imports TensorFlow.js; use the operations it exports.',
            },
            {
              from: { element: { types: { anyOf: Object.keys(rooms) } } },
              disallow: { to: { module: { origin: 'external', source: ['electron', 'svelte', 'svelte/**', '@kitware/**'] } } },
              message: 'core/ runs in plain Node: it imports neither Electron nor Svelte nor vtk.js.',
            },
            {
              from: { element: { type: '!scene' } },
              disallow: { to: { module: { origin: 'external', source: '@kitware/**' } } },
              message: 'Only renderer/scene touches vtk.js.',
            },
            {
              from: { element: { types: { anyOf: ['scene', 'renderer'] } } },
              disallow: {
                to: { element: { types: { anyOf: [...Object.keys(rooms).filter((room) => room !== 'labelling'), 'electron'] } } },
                dependency: { kind: 'value' },
              },
              message: 'The page runs in a browser: of core/ it takes types only, and core/labelling, which needs no Node.',
            },
          ],
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // `expect(object.method)` only reads the property.
      '@typescript-eslint/unbound-method': 'off',
      // Vitest types its asymmetric matchers (`expect.objectContaining`) as any.
      '@typescript-eslint/no-unsafe-assignment': 'off',
    },
  },
  {
    // Plain scripts run before anything is installed or compiled, so they carry no types.
    files: ['**/*.mjs'],
    extends: [tseslint.configs.strict],
  },
);
