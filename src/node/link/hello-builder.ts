import type { HoldfastError } from '../../core/errors.ts'
import { features, MINOR_VERSION, relations } from '../../core/frame/constants.ts'
import type { Greeting, Instance } from '../../core/frame/frames.ts'
import type { Channel } from '../../transport/transport.ts'
import type { KnownRelation } from '../context.ts'
import { NotMemberError } from '../errors.ts'
import type { Members } from '../membership/members.ts'

export interface HelloBuilderOptions {
  readonly name: string
  readonly instance: Instance
  readonly members: Members | undefined
  /** Where others can dial this node, best first. */
  addresses(): readonly string[]
}

/** What a node says of itself in HELLO and ANSWER, and what it demands of the other side's. */
export class HelloBuilder {
  readonly #options: HelloBuilderOptions

  constructor(options: HelloBuilderOptions) {
    this.#options = options
  }

  greeting(more: Partial<Greeting>): Greeting {
    const { name, instance } = this.#options
    return {
      minor: MINOR_VERSION,
      features: [features.status],
      name,
      instance,
      addresses: this.#options.addresses(),
      ticket: undefined,
      observed: undefined,
      network: undefined,
      relation: undefined,
      pairing: undefined,
      ...more,
    }
  }

  /** What shows what this node is to the other: that it knows the network's secret, or that it is or takes a guest. `theirs`: what it answers to. */
  credentials(channel: Channel, relation: KnownRelation, theirs: Greeting | undefined): Partial<Greeting> {
    const { members } = this.#options
    const isProven = theirs !== undefined && members?.isProven(channel, theirs) === true
    if (members !== undefined && (theirs === undefined ? relation === 'member' : isProven))
      return members.credentials(channel)
    return relation === 'guest' || relation === 'host' ? { relation: relations.guest } : {}
  }

  /** The error if an answer does not show that the other side is what it is taken for. */
  checkAnswer(channel: Channel, greeting: Greeting, relation: KnownRelation): HoldfastError | undefined {
    if (relation !== 'member') return undefined
    const { members } = this.#options
    return members === undefined ? new NotMemberError(channel.remoteAddress) : members.check(channel, greeting)
  }
}
