import { describeTransport } from '../../test/conformance/transport.ts'
import { systemClock } from '../clock.ts'
import { peerIdFromPublicKey } from '../identity/peer-id.ts'
import { MemoryNetwork } from './memory.ts'

describeTransport('memory', () => {
  const network = new MemoryNetwork({ clock: systemClock, random: Math.random })
  let peers = 0
  return {
    peer() {
      const id = peerIdFromPublicKey(new Uint8Array(32).fill(++peers))
      return { id, transport: network.transport(`host-${peers}`, id) }
    },
    listenAddress: 'memory://*:0',
    deadAddress: 'memory://nowhere:1',
  }
})
