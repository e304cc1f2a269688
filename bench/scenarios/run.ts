import { availableParallelism, cpus, release } from 'node:os'
import type { ContestantName } from '../contestant.ts'
import { installCompetitors, missingCompetitors } from '../install.ts'
import type { Children } from '../process.ts'
import { Progress } from '../progress.ts'
import { loadScenario } from './all.ts'
import { helpOf, parseScenarioArguments } from './arguments.ts'
import { canFilter, isInNamespace, prepareNamespace, runInNamespace } from './namespace.ts'
import { reportOf } from './report.ts'
import type { Stage } from './scenario.ts'

/** Runs the subcommand of that name, in a network of its own where the system allows it. */
export async function runScenario(name: string, parameters: string[], start: () => Children): Promise<void> {
  const scenario = await loadScenario(name)
  const { help, json, values } = parseScenarioArguments(scenario, parameters)
  if (help) {
    console.log(helpOf(name, scenario))
    return
  }
  const { against = [] } = scenario
  if (!isInNamespace()) {
    // Now, since there is no way out of the namespace.
    installCompetitors(against)
    const code = await runInNamespace(scenario.machines === true)
    if (code !== undefined) {
      process.exitCode = code
      return
    }
    if (scenario.machines === true)
      throw new Error(`"${name}" needs root or user namespaces, util-linux, iproute2 and nftables`)
    process.stderr.write('no network namespace can be made here (it needs root): going on in the usual network\n')
  }
  const children = start()
  const stage = prepareStage(children, missingCompetitors(against))
  const result = await scenario.run(values, stage)
  children.endAll()
  const machine = `${cpus()[0]?.model ?? process.arch} × ${availableParallelism()}, ${process.platform} ${release()}, Node ${process.versions.node}`
  console.log(`${scenario.about}; ${machine}\n\n${scenario.report?.(result) ?? reportOf(result)}`)
  if (json) console.log(JSON.stringify({ ...result, options: values, ownNetwork: stage.hasOwnNetwork, machine }))
}

function prepareStage(children: Children, missing: readonly ContestantName[]): Stage {
  const hasOwnNetwork = isInNamespace()
  if (hasOwnNetwork) prepareNamespace()
  const canDrop = hasOwnNetwork && canFilter()
  if (hasOwnNetwork && !canDrop) process.stderr.write('nft is missing: silence is made by a proxy instead\n')
  const progress = new Progress(process.stderr)
  return {
    children,
    hasOwnNetwork,
    canDrop,
    has: (name) => !missing.includes(name),
    progress: (text) => progress.say(text),
  }
}
