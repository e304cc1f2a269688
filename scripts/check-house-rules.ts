// The rules of this project that no general tool knows. Each is a function that answers its violations as lines of
// text; `npm run check:house` prints them all and fails if there is one. Of files that are long it warns.
import { existsSync, globSync, readFileSync } from 'node:fs'

const linesMax = 400
const sources = globSync('{src,web,test,demo,bench,scripts}/**/*.{ts,tsx}', {
  exclude: ['**/node_modules/**'],
}).toSorted()
const documents = globSync(['*.md', 'docs/**/*.md']).toSorted()
const errorsDocument = 'docs/errors.md'

const read = (path: string): string => readFileSync(path, 'utf8')

/** What would tie the core to a platform, a clock or chance, or make its hot path slow. */
const impure: readonly (readonly [pattern: RegExp, name: string])[] = [
  [/['"`]node:/, 'node:'],
  [/\bDate\s*\.\s*now\b|\bnew\s+Date\b/, 'Date'],
  [/\bperformance\b\s*\./, 'performance.now'],
  [/\bset(Timeout|Interval|Immediate)\b/, 'a timer of the platform'],
  [/\bMath\s*\.\s*random\b|\bgetRandomValues\b/, 'randomness of the platform'],
  [/\bbigint\b|\bBig(Int|Uint)(64Array)?\b|\b[gs]etBigU?[iI]nt64\b|\b\d[\d_]*n\b/, 'BigInt'],
]

/** The line without comments; good enough for code in which no string contains the start of a comment. */
function withoutComment(line: string): string {
  if (/^\s*(\*|\/\*)/.test(line)) return ''
  return line.replace(/\/\*.*?\*\//g, '').replace(/(^|\s)\/\/.*$/, '')
}

function coreIsPure(): string[] {
  const files = sources.filter((path) => path.startsWith('src/core/') && !path.endsWith('.test.ts'))
  return files.flatMap((path) =>
    read(path)
      .split('\n')
      .flatMap((line, index) =>
        impure
          .filter(([pattern]) => pattern.test(withoutComment(line)))
          .map(([, name]) => `${path}:${index + 1}: src/core is pure and must not use ${name}`),
      ),
  )
}

function filesAreLong(): string[] {
  return sources.flatMap((path) => {
    const lines = read(path).trimEnd().split('\n').length
    return lines > linesMax ? [`${path}: ${lines} lines; a file over ${linesMax} may want to be two`] : []
  })
}

function documentedScriptsExist(): string[] {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  return documents.flatMap((path) =>
    [...read(path).matchAll(/\bnpm run (?:-\S+ )*([a-z][\w:-]*)/g)].flatMap(([, name = '']) =>
      name in scripts ? [] : [`${path}: names \`npm run ${name}\`, which package.json does not have`],
    ),
  )
}

/** The literal codes of the error classes in src, each with the file that defines it. */
function codesInSource(): Map<string, string> {
  const files = sources.filter((path) => path.startsWith('src/') && !path.endsWith('.test.ts'))
  return new Map(
    files.flatMap((path) =>
      [...read(path).matchAll(/\breadonly code(?::[^=\n]+)? = '([^']+)'/g)].map(
        ([, code = '']) => [code, path] as const,
      ),
    ),
  )
}

/** The codes that docs/errors.md explains: a heading that is `code`, or the first cell of a row in a table of codes. */
function codesInDocument(): Set<string> {
  const codes = new Set<string>()
  let inTableOfCodes = false
  for (const line of read(errorsDocument).split('\n')) {
    const heading = /^#+\s+`([^`]+)`\s*$/.exec(line)?.[1]
    if (heading !== undefined) codes.add(heading)
    const cell = /^\|\s*([^|]*?)\s*\|/.exec(line)?.[1]
    if (cell === undefined) inTableOfCodes = false
    else if (/^code$/i.test(cell)) inTableOfCodes = true
    else if (inTableOfCodes && /^`[^`]+`$/.test(cell)) codes.add(cell.slice(1, -1))
  }
  return codes
}

function errorsAreDocumented(): string[] {
  const defined = codesInSource()
  if (!existsSync(errorsDocument)) {
    return defined.size === 0 ? [] : [`${errorsDocument}: does not exist, but must explain ${defined.size} error codes`]
  }
  const documented = codesInDocument()
  return [
    ...[...defined]
      .filter(([code]) => !documented.has(code))
      .map(([code, path]) => `${errorsDocument}: does not explain \`${code}\` of ${path}`),
    ...[...documented]
      .filter((code) => !defined.has(code))
      .map((code) => `${errorsDocument}: explains \`${code}\`, which no class in src has`),
  ]
}

/** A lock file that names hosts works only where those hosts are reached. */
function lockFileNamesNoHost(): string[] {
  return globSync('{.,bench}/package-lock.json').flatMap((path) =>
    /"resolved": "https?:/.test(read(path)) ? [`${path}: names the host of a registry; npm must read .npmrc`] : [],
  )
}

const violations = [...coreIsPure(), ...documentedScriptsExist(), ...errorsAreDocumented(), ...lockFileNamesNoHost()]
// Files follow their subjects; a long one is worth a look, and no more.
for (const warning of filesAreLong()) console.warn(warning)
for (const violation of violations) console.error(violation)
if (violations.length > 0) process.exitCode = 1
