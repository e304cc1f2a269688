// Runs seeds in a thread of its own: takes their numbers, answers what came of each.
import { parentPort } from 'node:worker_threads'
import { forbidRealWorld } from './guards.ts'
import type { Assignment } from './pool.ts'
import { runSeed } from './run-seed.ts'

const port = parentPort
if (port === null) throw new Error('This file is the work of a thread; run main.ts')

const used: string[] = []
forbidRealWorld((what) => used.push(what))

port.on('message', ({ seed, nodes }: Assignment) => {
  void runSeed(seed, nodes).then((result) => {
    port.postMessage({ ...result, problems: [...result.problems, ...used.splice(0)] })
  })
})

port.postMessage('ready')
