// Checks that documents name what exists. In those on how the project is made, each path and each name of code in backticks;
// in all documents, where each relative link leads. `npm run check:documents` prints the violations and fails if there is one.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { anchors, type Claim, claimsOf, codeSpans, linkTargets } from './documents.ts'

const read = (path: string): string => readFileSync(path, 'utf8')

const files = globSync(['*', '.npmrc', '{src,web,test,bench,demo,docs,packaging,scripts}/**'], {
  exclude: ['**/node_modules', '**/dist'],
  withFileTypes: true,
})
  .filter((entry) => entry.isFile())
  .map((entry) => relative('.', join(entry.parentPath, entry.name)))
const documents = files.filter((path) => path.endsWith('.md')).toSorted()
/** The documents that describe the code, and so must keep up with it. */
const describing = documents.filter(
  (path) => path === 'ARCHITECTURE.md' || path === 'CONTRIBUTING.md' || path.startsWith('docs/decisions/'),
)

/** All that a name can stand in; the examples of this check's own tests would vouch for names that exist nowhere else. */
const source = files
  .filter((path) => /^(src|web|test|bench|demo|scripts|packaging)\/|^[^/]+\.(ts|json)$|^\.npmrc$/.test(path))
  .filter((path) => /\.(ts|tsx|json|html|css|service|npmrc)$/.test(path))
  .filter((path) => !/package-lock\.json$|^scripts\/documents\.test\.ts$/.test(path))
  .map((path) => (/\.tsx?$/.test(path) ? withoutComments(read(path)) : read(path)))
  .join('\n')
const words = new Set(source.match(/[A-Za-z_$][\w$]*|\d\w*/g) ?? [])
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
const fileNames = new Set(files.map((path) => path.slice(path.lastIndexOf('/') + 1)))
// What is built is named in documents, but is not in the repository.
const topLevel = new Set(
  [...readdirSync('.'), 'src', 'web', 'test', 'bench', 'docs', 'scripts'].filter((name) => name !== 'dist'),
)

/** Good enough for source in which no string holds the start of a comment after a space. */
function withoutComments(text: string): string {
  return text.replace(/\/\*[^]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '')
}

function exists({ kind, text }: Claim): boolean {
  switch (kind) {
    case 'path':
      return /[*{]/.test(text) ? globSync(text).length > 0 : existsSync(text)
    case 'script':
      return text in scripts
    case 'name':
      return words.has(text.replace(/^#/, ''))
    case 'literal':
      return source.includes(text) || fileNames.has(text) || text.startsWith('*.') || text.startsWith('dist/')
  }
}

const descriptions: Readonly<Record<Claim['kind'], string>> = {
  path: 'no file or folder',
  name: 'no word of the source',
  script: 'no script of package.json',
  literal: 'nothing in the source',
}

function missingNames(path: string): string[] {
  return codeSpans(read(path)).flatMap(({ line, text }) =>
    claimsOf(text, topLevel)
      .filter((claim) => !exists(claim))
      .map((claim) => `${path}:${line}: \`${claim.text}\` is ${descriptions[claim.kind]}`),
  )
}

function brokenLinks(path: string): string[] {
  return linkTargets(read(path)).flatMap(({ line, text }) => {
    if (/^[a-z][a-z+.-]*:/i.test(text)) return []
    const [file = '', anchor] = text.split('#')
    const target = file === '' ? path : normalize(`${dirname(path)}/${decodeURI(file)}`)
    if (!existsSync(target)) return [`${path}:${line}: links to ${target}, which does not exist`]
    if (anchor === undefined || !target.endsWith('.md') || anchors(read(target)).has(anchor)) return []
    return [`${path}:${line}: links to #${anchor}, which is no heading of ${target}`]
  })
}

const violations = [...describing.flatMap(missingNames), ...documents.flatMap(brokenLinks)]
for (const violation of violations) console.error(violation)
if (violations.length > 0) process.exitCode = 1
