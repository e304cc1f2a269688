/** A way to break the protocol. `before` stands exactly once in the file. */
export interface Mutation {
  readonly name: string
  /** Below src. */
  readonly file: string
  readonly before: string
  readonly after: string
  /** How many nodes the simulation has, where the mistake shows in meshes. */
  readonly nodes?: number
  /** The first seed to try, where those before it are known not to meet the mistake. Only that makes it quicker. */
  readonly base?: number
  /** What the simulation has to say about it, where it is that check which has to stay able to fail. */
  readonly problem?: RegExp
}

/** What the oracle must notice. Each is a mistake that somebody could make. */
export const mutations: readonly Mutation[] = [
  {
    name: 'a frame is dropped on resume',
    file: 'core/session/send-log.ts',
    before: `      link.frameMoved(frame)
      frame.copyOn = link
      frame.link = undefined`,
    after: `      link.frameMoved(frame)
      if (sequence === this.#first && this.frames > 1) continue
      frame.link = undefined`,
  },
  {
    name: 'frames are freed when written and not on acknowledgement',
    file: 'core/session/sender.ts',
    before: `    this.#log.append(frame)
    link.frameSent(frame, nowMs)`,
    after: `    this.#log.append(frame)
    link.frameSent(frame, nowMs)
    this.acknowledged(frame.sequence, [], nowMs)`,
  },
  {
    name: 'nothing is sent again after a link died',
    file: 'core/session/link-set.ts',
    before: `    this.#sender.requeue(link)
    if (this.#links.length === 0)`,
    after: '    if (this.#links.length === 0)',
  },
  {
    name: 'a number that was seen is not recognised',
    file: 'core/session/receive-log.ts',
    before: '      return true\n    }\n    if (sequence > this.#cumulative + UNACKNOWLEDGED_FRAMES_MAX)',
    after: '      return false\n    }\n    if (sequence > this.#cumulative + UNACKNOWLEDGED_FRAMES_MAX)',
    base: 12,
  },
  {
    name: 'bytes that are known already are not cut off',
    file: 'core/session/receive-half.ts',
    before: 'const fresh = offset === this.#offset ? payload : payload.subarray(this.#offset - offset)',
    after: 'const fresh = payload',
  },
  {
    name: 'a frame counts as received when its first part has come',
    file: 'core/session/receiver.ts',
    before: 'if (complete) this.#received(sequence, payload.length, nowMs)',
    after: 'if (!this.#log.has(sequence)) this.#received(sequence, payload.length, nowMs)',
  },
  {
    name: 'an acknowledgement names one frame more than has come',
    file: 'core/session/receiver.ts',
    before: 'return { cumulative: this.#log.cumulative, ranges',
    after: 'return { cumulative: this.#log.cumulative + 1, ranges',
  },
  {
    name: 'windows are never raised',
    file: 'core/session/receive-window.ts',
    before: `    this.#limit = this.#consumed + this.#bytes
    return true`,
    after: '    return false',
  },
  {
    name: 'the end is delivered before the bytes in front of it',
    file: 'core/session/receive-half.ts',
    before: `this.#state = this.#consumed === size ? 'ended' : 'sized'`,
    after: `this.#state = 'ended'`,
  },
  {
    name: 'links that the other side gave up stay attached',
    file: 'core/session/association.ts',
    before: "if (!this.#peerHeld.includes(link.id)) this.#session?.loseLink(link, 'superseded', nowMs)",
    after: 'void link',
    problem: /alice has the links [\d,]+, and bob \d+/,
  },
  {
    name: 'additional links are never closed',
    file: 'core/session/redundancy.ts',
    before: 'if (serving >= wanted || tooManyPoor)',
    after: 'if (serving > links.length + wanted)',
  },
  {
    name: 'a restart of the peer goes unnoticed by streams',
    file: 'core/session/association.ts',
    before: `this.#session?.end('peer-restarted', new PeerRestartedError(), nowMs)`,
    after: 'void PeerRestartedError',
  },
  {
    name: 'a write is called accepted before the session has its own copy',
    file: 'node/link/stream.ts',
    before: 'else if (free) callback()',
    after: 'else if (free || this.writable) callback()',
  },
  {
    name: 'one link too many stays in a mesh',
    file: 'core/session/link-set.ts',
    before: 'return this.#links.length > this.#options.limits.linksWanted',
    after: 'return this.#links.length > this.#options.limits.linksWanted + 1',
  },
  {
    name: 'both sides of a mesh keep the links that they dialed themselves',
    file: 'core/session/redundancy.ts',
    before: '!isLower && other.dialedByLower',
    after: 'isLower && other.dialedByLower',
    nodes: 6,
  },
  {
    name: 'a node that dials refuses whoever dials it meanwhile',
    file: 'core/session/association.ts',
    before: 'if (this.#linksHeldByPeer >= LINKS_MAX) {',
    after: 'if (this.#pending.length > 0) {',
    base: 7,
  },
  {
    name: 'a state is not told',
    file: 'core/peer/peer-machine.ts',
    before: '    this.#changed(state, before)',
    after: `    if (state.kind !== 'degraded') this.#changed(state, before)`,
  },
  {
    name: 'a link is told to be lost twice',
    file: 'node/events/peer-events.ts',
    before: `    this.#emit('link:lost', {`,
    after: `    for (const _ of [0, 1]) this.#emit('link:lost', {`,
  },
  {
    name: 'a link that is up is not told',
    file: 'node/peer/peer-connection.ts',
    before: 'this.#events.linkUp(linkInfo(link, driver.session.active))',
    after: `if (link.channel.direction === 'outbound') this.#events.linkUp(linkInfo(link, driver.session.active))`,
  },
  {
    name: 'a peer is told to be disconnected when a link of several is lost',
    file: 'node/events/peer-events.ts',
    before: '    if (!isLast) return\n',
    after: '',
  },
  {
    name: 'a state stays when the link is lost',
    file: 'core/peer/peer-machine.ts',
    before: `    if (this.isAtRest) return
    this.#loss = { since: wallMs, reason }`,
    after: `    if (this.#state.kind !== 'connected') return
    this.#loss = { since: wallMs, reason }`,
  },
  {
    name: 'what is learned of a peer is not written to the disk',
    file: 'node/peer/peer-record-store.ts',
    before: 'else this.#write(() => this.#store.updatePeer(this.id, change))',
    after: 'else void change',
  },
  {
    name: 'a process that was stopped takes the silence of that time for the silence of its peers',
    file: 'node/timing/stall-tolerant-clock.ts',
    before: 'if (realMs - tickMs > LATE_MS)',
    after: 'if (realMs - tickMs > LATE_MS * 1e6)',
  },
  {
    name: 'a second machine with the identity of a peer is taken for it',
    file: 'core/session/association.ts',
    before: `if (this.isOutdated(instance)) return 'identity-in-use'`,
    after: `if (this.isOutdated(instance)) void instance`,
    base: 14,
  },
  {
    name: 'nothing bounds how often peers are dialed',
    file: 'core/dial/schedule.ts',
    before: 'const dueMs = nowMs + this.#drawWaitMs(nowMs - sinceMs)',
    after: 'const dueMs = nowMs + 20 + 0 * this.#drawWaitMs(nowMs - sinceMs)',
  },
  {
    name: 'a peer that was paused is taken in when it comes',
    file: 'node/peer/peer.ts',
    before: '    if (this.file.isPaused)\n',
    after: '    if (this.file.isPaused && this.file.isBlocked)\n',
    nodes: 4,
    base: 7,
  },
  {
    name: 'a decision about a peer is not written to the disk',
    file: 'node/peer/peer.ts',
    before: 'this.file.configure({ blocked: true })',
    after: 'void 0',
    nodes: 4,
  },
  {
    name: 'whoever says to be a member of the network is taken for one',
    file: 'identity/network-secret.ts',
    before: `    if (proof === undefined) return false
    return proofEquals(`,
    after: `    if (proof === undefined) return false
    return true || proofEquals(`,
    base: 3,
  },
  {
    name: 'a member is found and not kept',
    file: 'node/peer/peer-record-store.ts',
    before: '    this.#write(() => this.#store.savePeer(this.#record))\n  }\n\n  /** Stores',
    after: '  }\n\n  /** Stores',
    base: 3,
  },
  {
    name: 'a guest is let in by a node that admits none',
    file: 'node/membership/guests.ts',
    before: 'if (!admitsAnyone || greeting.relation !== relations.guest)',
    after: 'if (greeting.relation !== relations.guest && !admitsAnyone)',
    base: 3,
  },
  {
    name: 'guests that are gone are never forgotten',
    file: 'node/membership/guests.ts',
    before: 'if (nowMs - guest.goneSinceMs >= this.#parts.context.tuning.guests.idleTimeoutMs) guest.peer.unpair()',
    after: 'void [guest, nowMs]',
    base: 3,
  },
  {
    name: 'a peer that is held on demand is never let go of',
    file: 'node/peer/idle-timer.ts',
    before: '      this.#expired()\n',
    after: '      void this.#expired\n',
    base: 3,
  },
  {
    name: 'a peer that is held on demand is let go of with streams open',
    file: 'node/peer/idle-timer.ts',
    before: '!this.#isConnected || this.#isUsed) return',
    after: '!this.#isConnected) return',
    base: 22,
  },
  {
    name: 'nobody dials a peer on demand when a stream is opened',
    file: 'node/peer/peer.ts',
    before: 'return this.isWaitedFor || this.streams.openCount > 0',
    after: 'return this.streams.openCount > 0',
    base: 22,
  },
  {
    name: 'a message is taken as often as it comes',
    file: 'node/broadcast/broadcast-memory.ts',
    before: `return hopsLeft > known.hopsLeft ? 'farther' : 'known'`,
    after: `return hopsLeft > known.hopsLeft ? 'farther' : 'new'`,
    nodes: 4,
    base: 5,
  },
  {
    name: 'a message that came on a longer way first goes no farther',
    file: 'node/broadcast/broadcast-memory.ts',
    before: `return hopsLeft > known.hopsLeft ? 'farther' : 'known'`,
    after: `return 'known'`,
    nodes: 6,
    base: 41,
  },
  {
    name: 'in strict direction the higher side dials after a grace',
    file: 'core/dial/direction.ts',
    before: `return isLower ? 0 : undefined`,
    after: `return isLower ? 0 : DIAL_GRACE_MS`,
    base: 5,
  },
  {
    name: 'addresses are ordered as text',
    file: 'core/dial/address-order.ts',
    before: '    const difference = group - (b.groups[at] ?? 0)\n',
    after: '    const difference = `${group}`.localeCompare(`${b.groups[at] ?? 0}`)\n',
    base: 5,
  },
]
