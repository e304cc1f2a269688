/** How the delivery of messages to all peers went, since the chat was made. */
export interface DeliveryCounts {
  /** Given to a stream, repetitions included. */
  sent: number
  /** Of these, those that had been given to one before. */
  repeated: number
  /** Stored by the peer, as it says. */
  acknowledged: number
  /** Those whose stream ended before the peer had acknowledged them; they are sent again. */
  failed: number
}

export function noDeliveries(): DeliveryCounts {
  return { sent: 0, repeated: 0, acknowledged: 0, failed: 0 }
}
