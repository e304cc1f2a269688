// Runs seeds in a thread of its own: takes their numbers, answers what came of each.
import { parentPort } from 'node:worker_threads'
import { forbidRealWorld } from './guards.ts'
import type { Assignment } from './pool.ts'
import { runSeed } from './run-seed.ts'

const port = parentPort
if (port === null) throw new Error('This file is the work of a thread; run main.ts')

const used: string[] = []
forbidRealWorld((what) => used.push(what))

/** One seed after the other: what the process is told of, such as a rejection that nobody handles, belongs to the one that runs. */
let last = Promise.resolve()

port.on('message', ({ seed, nodes }: Assignment) => {
  last = last.then(async () => {
    const result = await runSeed(seed, nodes)
    port.postMessage({ ...result, problems: [...result.problems, ...used.splice(0)] })
  })
})

port.postMessage('ready')
