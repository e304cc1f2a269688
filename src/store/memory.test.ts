import { expect, it } from 'vitest'
import { describeStore, testPeer, testPeerId } from '../../test/conformance/store.ts'
import { StoreClosedError } from './errors.ts'
import { MemoryDisk, memoryStore } from './memory.ts'

describeStore('memory', () => {
  const disk = new MemoryDisk()
  return { open: () => memoryStore(disk), dispose: () => {} }
})

it('is handed on to a restarted node, and shuts out the one before', () => {
  const disk = new MemoryDisk()
  const crashed = memoryStore(disk)
  crashed.savePeer(testPeer(1))
  const restarted = memoryStore(disk)
  expect(() => crashed.removePeer(testPeerId(1))).toThrow(StoreClosedError)
  crashed.close()
  expect(restarted.peers()).toStrictEqual([testPeer(1)])
})

it('is copied as a folder is copied: the copies go their own ways', () => {
  const disk = new MemoryDisk()
  const original = memoryStore(disk)
  original.savePeer(testPeer(1))
  original.saveSetting('port', '1')
  original.nextInstanceStart(9000)
  const clone = memoryStore(disk.copy())
  original.removePeer(testPeerId(1))
  expect(clone.peers()).toStrictEqual([testPeer(1)])
  expect(clone.setting('port')).toBe('1')
  expect(clone.nextInstanceStart(0)).toBe(10)
})
