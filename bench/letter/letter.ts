import type { ChildProcess } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Lab } from '../../test/net/lab/lab.ts'
import { makeFolder } from '../folder.ts'
import { scenario } from '../scenarios/scenario.ts'
import { measureChat } from './chat.ts'
import { measureChecks } from './checks.ts'
import { measureCluster } from './cluster.ts'
import { Criteria, OTTER, reportOfCriteria, resultOf, SPACEDRIVE, SYNCTHING, TIME } from './criteria.ts'
import { durationsOf, type Part } from './plan.ts'
import { measureScore } from './score.ts'

type Measure = (part: Part, started: () => void) => Promise<void>

/** Each has a network of its own, so all run at the same time once the first has started its nodes. */
const parts: readonly (readonly [name: string, document: string, measure: Measure])[] = [
  ['cluster', TIME, measureCluster],
  ['checks', SPACEDRIVE, measureChecks],
  ['score', SYNCTHING, measureScore],
  ['chat', OTTER, measureChat],
]

export const letter = scenario({
  about: 'The criteria of success of the five documents that Holdfast was made from, each with its target, met or not',
  details: `Daemons (\`holdfast up\`) in network namespaces of their own: four of one configuration, of which the lower address dials and
nobody pings; two with health checks at a fixed interval; two with adaptive keep-alive; two with a chat that is silent.
criteria     how many were measured
met          how many of them are met
failed       those that are not, with document, section, target and what was measured
results      all of them
The exit code is 1 if one is not met. docs/coming-from.md leads from the documents to what fulfils them.`,
  options: {
    minutes: {
      value: 30,
      least: 0.25,
      fraction: true,
      about: 'how long the four nodes are left alone; less than 10 shortens the other waits too',
    },
  },
  machines: true,
  report: (result) => reportOfCriteria((result as ReturnType<typeof resultOf>).results),
  async run({ minutes }, stage) {
    const folder = await makeFolder()
    const processes = new Set<ChildProcess>()
    const endAll = (): void => {
      for (const child of processes) child.kill('SIGKILL')
    }
    process.on('exit', endAll)
    const { promise: firstStarted, resolve: started } = Promise.withResolvers<void>()
    const gathered = await Promise.all(
      parts.map(async ([name, document, measure], at) => {
        if (at > 0) await firstStarted
        const criteria = new Criteria()
        const lab = new Lab(name, folder)
        const own = join(folder, name)
        await mkdir(own)
        const progress = (text: string): void => stage.progress(text)
        try {
          await measure({ lab, criteria, folder: own, processes, durations: durationsOf(minutes), progress }, started)
        } catch (error) {
          criteria.failed({ document, section: 'all that follows' }, name, error)
        } finally {
          started()
          await lab.dispose()
        }
        return criteria.all
      }),
    )
    endAll()
    const result = resultOf(gathered.flat())
    if (result.failed.length > 0) process.exitCode = 1
    return result
  },
})
