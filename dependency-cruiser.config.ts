// Imports point one way:
//   cli → format → daemon → services, relay → node, pairing → discovery, transport, identity, store → core
// A layer may import any layer below it and its neighbours on the same level. Tests may import what they need.

import type { IConfiguration, IForbiddenRuleType } from 'dependency-cruiser'

/** The folders of src, lowest level first. */
const levels: string[][] = [
  ['core'],
  ['discovery', 'transport', 'identity', 'store'],
  ['node', 'pairing'],
  ['services', 'relay'],
  ['daemon'],
  ['format'],
  ['cli'],
]

const tests = '[.]test[.]ts$'

const folders = (names: string[]): string => `^src/(${names.join('|')})/`

/** One rule a level: it imports nothing that stands above it. */
const upward = levels.slice(0, -1).map(
  (level, index): IForbiddenRuleType => ({
    name: `${level.join('+')}-imports-downward`,
    comment: `${level.join(', ')} must not import what stands above: ${levels
      .slice(index + 1)
      .flat()
      .join(', ')}`,
    severity: 'error',
    from: { path: folders(level), pathNot: tests },
    to: { path: folders(levels.slice(index + 1).flat()) },
  }),
)

const configuration: IConfiguration = {
  forbidden: [
    ...upward,
    {
      name: 'core-is-pure',
      comment: 'src/core imports nothing but src/core: no node:*, no package',
      severity: 'error',
      from: { path: '^src/core/', pathNot: tests },
      to: { pathNot: '^src/core/' },
    },
    {
      name: 'one-way-to-the-public-api',
      comment: 'src/index.ts is for users of the package; inside, import the file that has what you need',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/(daemon|cli)/', tests] },
      to: { path: '^src/index[.]ts$' },
    },
    {
      name: 'public-api-needs-no-program',
      comment: 'the library must not pull in the daemon or the command line',
      severity: 'error',
      from: { path: '^src/index[.]ts$' },
      to: { path: '^src/(daemon|cli)/' },
    },
    {
      name: 'no-re-export',
      comment: 'src/index.ts is the only file that re-exports',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/index[.]ts$' },
      to: { dependencyTypes: ['export'] },
    },
    {
      name: 'testing-is-for-tests',
      comment: 'src/testing holds simulated networks and hosts; nothing that is published may need them',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/testing/', tests] },
      to: { path: '^src/testing/' },
    },
    {
      name: 'src-stands-alone',
      comment: 'src must not import test, demo, bench or scripts',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { path: '^(test|demo|bench|scripts)/' },
    },
    {
      name: 'web-stands-alone',
      comment: 'web knows of the rest what goes over the wire, as types, and the words for it',
      severity: 'error',
      from: { path: '^web/', pathNot: tests },
      to: {
        path: '^(src|test|demo|bench|scripts)/',
        pathNot: '^src/(daemon/contract|format)/',
      },
    },
    {
      name: 'web-takes-types-of-the-contract',
      comment: 'the schemas of the contract need a library that no page should load',
      severity: 'error',
      from: { path: '^web/', pathNot: tests },
      to: { path: '^src/daemon/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'web-is-served-not-imported',
      comment: 'nothing outside imports web; the daemon serves what is built of it',
      severity: 'error',
      from: { path: '^(src|demo|bench|scripts)/' },
      to: { path: '^web/' },
    },
    {
      name: 'no-test-imported',
      comment: 'a test file exports nothing; move what is shared to a file of its own',
      severity: 'error',
      from: {},
      to: { path: tests },
    },
    {
      name: 'no-cycle',
      comment:
        'files that need each other at run time are one idea in two files, or two ideas mixed; types may go round',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'published-dependencies',
      comment: 'what src imports at run time is a dependency, not a development dependency',
      severity: 'error',
      from: { path: '^src/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'resolvable',
      comment: 'the imported file or package does not exist',
      severity: 'error',
      // The other systems in bench have a package.json of their own.
      from: { pathNot: '^bench/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^bench/node_modules' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}

export default configuration
