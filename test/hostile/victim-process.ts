// A node in a process of its own, whose memory is watched while a hostile peer does its worst. Started by `Victim` in victim.ts.
import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../src/clock.ts'
import { generateIdentity } from '../../src/identity/identity.ts'
import { parsePeerId } from '../../src/identity/peer-id.ts'
import type { HoldfastStream } from '../../src/node/api.ts'
import { createNode } from '../../src/node/create.ts'
import { memoryStore } from '../../src/store/memory.ts'
import { defaultChoices } from '../../src/store/settings.ts'
import { tcpTransport } from '../../src/transport/tcp/tcp.ts'

const SAMPLE_MS = 30
const CHUNK_BYTES = 64 * 1024
/** How often memory is read for one sample, at most. */
const READINGS_MAX = 10
/** A reading that is lower by less than this has come to rest. */
const FALL_BYTES = 256 * 1024

let peakBytes = 0

/**
 * JavaScript's heap and all array buffers, without garbage. Array buffers are given back in the background, which takes a while on a busy
 * machine: what is in use is read when it no longer falls.
 */
async function bytesInUse(): Promise<number> {
  let lowest = Number.POSITIVE_INFINITY
  for (let reading = 0; reading < READINGS_MAX; reading++) {
    globalThis.gc?.()
    await sleep(3)
    const { heapUsed, external } = process.memoryUsage()
    const bytes = heapUsed + external
    if (bytes > lowest - FALL_BYTES) return Math.min(bytes, lowest)
    lowest = bytes
  }
  return lowest
}

async function sample(): Promise<void> {
  peakBytes = Math.max(peakBytes, await bytesInUse())
}

async function watch(): Promise<never> {
  for (;;) {
    await sample()
    await sleep(SAMPLE_MS)
  }
}

/** Answers the highest value since the last time. */
async function report(): Promise<void> {
  await sample()
  process.send?.({ peakBytes })
  peakBytes = 0
  await sample()
}

/** Writes for ever, whenever `write` answers true. */
function writeOn(stream: HoldfastStream): void {
  while (!stream.destroyed && stream.write(new Uint8Array(CHUNK_BYTES))) continue
  stream.once('drain', () => writeOn(stream))
}

/** Reads a little now and then. */
function readSlowly(stream: HoldfastStream): void {
  stream.read(Math.min(64, stream.readableLength))
  if (!stream.destroyed) setTimeout(() => readSlowly(stream), 5).unref()
}

const [, , peer = ''] = process.argv
const identity = generateIdentity()
const store = memoryStore()
const id = parsePeerId(peer)
store.savePeer({
  id,
  name: 'mallory',
  pairedAtMs: 1,
  addresses: [],
  instanceStart: 0,
  lastSeenMs: undefined,
  keys: undefined,
  ...defaultChoices,
})
const node = await createNode({
  id: identity.id,
  name: 'victim',
  store,
  transports: [tcpTransport({ identity })],
  listen: ['tcp://127.0.0.1:0'],
  clock: systemClock,
  random: Math.random,
  randomBytes,
})
node.handle('sink', (stream) => void stream.resume())
node.handle('hoard', (stream) => void stream.pause())
node.handle('slow', readSlowly)
node.handle('write', writeOn)

process.on('message', () => void report())
process.on('disconnect', () => process.exit())
void watch()
process.send?.({ id: identity.id, address: node.listening[0] })
