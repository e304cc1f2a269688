#!/usr/bin/env node
// Looks at the version of Node before anything else is loaded: an older one fails at an import, in words that help nobody.
const nodeVersionMin = 24

if (Number.parseInt(process.versions.node, 10) < nodeVersionMin) {
  process.stderr.write(
    `holdfast: this is Node ${process.version}, and Holdfast needs Node ${nodeVersionMin} or newer; install it from https://nodejs.org\n`,
  )
  process.exitCode = 1
} else {
  const { keepCompiledCode } = await import('./code-cache.ts')
  keepCompiledCode()
  const { collectGarbageLessOften } = await import('./garbage-collection.ts')
  collectGarbageLessOften()
  const { run } = await import('./run.ts')
  await run(process.argv.slice(2))
}
