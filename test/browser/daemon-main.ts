// The process of a daemon; ends with the test that started it.
import { openDaemon } from '../../src/daemon/daemon.ts'
import { serve } from '../../src/daemon/serve.ts'
import type { DaemonSetup, Serving } from './daemon-process.ts'

const { dir, name, listen, advertise, apiPort } = JSON.parse(process.argv[2] ?? '') as DaemonSetup
process.once('disconnect', () => process.exit(1))
const daemon = await openDaemon({ node: { dir, name, listen, advertise } })
const { url } = await serve(daemon, { port: apiPort })
const serving: Serving = { url }
process.send?.(serving)
