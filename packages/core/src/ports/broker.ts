/**
 * Whether what is published reaches other nodes. `degraded`: connected, but the engine is late or refuses calls.
 *
 * @example
 * app.on('broker', ({ status }) => console.log(status))
 */
export type BrokerStatus = 'up' | 'degraded' | 'down'

/**
 * What carries bytes between the nodes of an application: a thin binding to an engine, such as Redis or NATS.
 *
 * What every node does alike (batches, interest in channels, buffers, retries, duplicates, gaps) is done by the core. A
 * binding translates, connects, and connects again with jitter when the engine was away. Certify one with
 * `describeBroker` of `@linkspan/testing`.
 *
 * @example
 * linkspan({ broker: memoryBroker() })
 */
export interface Broker {
  /**
   * Joins as one node. Called once for each application that the broker was given to, which may be several in a process.
   * Never throws: connecting goes on behind, and `sink` is told. Calls nothing of `sink` before it has returned.
   */
  open(sink: BrokerSink): BrokerLink
}

/**
 * One node's way to the engine. The caller puts a deadline round every call, and may ask again after one that failed.
 *
 * A channel is a name of the core's: letters, digits and `-_.~`, at most some thousand; equal or not is all there is to
 * know about it. An engine whose names are shorter uses {@link shortChannel}.
 *
 * @example
 * const link = broker.open(sink)
 * await link.publish('linkspan.topic.~.lobby', bytes)
 */
export interface BrokerLink {
  /** The largest payload of one `publish`, in bytes; at least 65,536. */
  readonly maxPayload: number
  /**
   * Resolves when the engine has taken the payload, as far as it ever tells; rejects where it has not, or that is not
   * known. Of two calls for one channel, of which the second is made after the first resolved, no subscriber hears the
   * second first.
   */
  publish(channel: string, payload: Uint8Array): Promise<void>
  /** Resolves when what any node publishes from now on arrives here. Asked again for a channel it has, it answers too. */
  subscribe(channel: string): Promise<void>
  /** Resolves when the engine knows that nothing more is wanted. What is on its way may still arrive. */
  unsubscribe(channel: string): Promise<void>
  /**
   * Leaves: nothing of `sink` is called any more. Ends what `open` began, and leaves a client that was handed in as it is.
   * Settles in any case.
   */
  close(): Promise<void>
}

/**
 * What a binding reports.
 *
 * @example
 * client.on('ready', () => sink.up(false))
 */
export interface BrokerSink {
  /**
   * A payload arrived on a channel that is, or was, subscribed to. Own ones may come back or not; one that arrives twice
   * does no harm. The bytes are handed over: they are not changed afterwards.
   */
  message(channel: string, payload: Uint8Array): void
  /**
   * The engine answers: after `open`, and after every `down`. What is still wanted is then subscribed to again.
   * `recovered`: nothing was missed meanwhile, since what was published will still arrive from the engine's log.
   */
  up(recovered: boolean): void
  /** The engine cannot be reached. Told once for each time, within seconds where the connection ends by itself. */
  down(error: Error): void
  /** Messages were lost while the link stood: on one channel, or, without a name, nobody knows on which. */
  gap(channel?: string): void
}
