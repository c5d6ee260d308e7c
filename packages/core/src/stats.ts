/**
 * What has gone to other nodes, and come from them.
 *
 * @example
 * const { missed } = app.stats().totals.broker
 */
export interface BrokerTotals {
  readonly published: number
  readonly dropped: number
  readonly received: number
  readonly duplicates: number
  readonly missed: number
}

/**
 * Counters of one application: integers, always on, cheap enough to read every second.
 *
 * @example
 * const { active } = app.stats().gauges.connections
 */
export interface Stats {
  /** What is there now. */
  readonly gauges: {
    readonly connections: {
      readonly connecting: number
      readonly authenticated: number
      readonly active: number
      readonly closing: number
    }
    /** Timers that run: those of connections, the one of the heartbeat, and that of a log under flood. */
    readonly timers: number
    /** Topics that somebody is in. */
    readonly topics: number
    /** What waits for handlers. */
    readonly inbox: { readonly messages: number; readonly bytes: number }
    /** What waits for slow peers in the outboxes of this SDK. */
    readonly outbox: { readonly bytes: number }
    /** Connections that a drain still waits for; 0 while there is none. */
    readonly draining: number
    /**
     * Channels subscribed to, bytes that wait for the engine and milliseconds for which the oldest of them has, and other
     * nodes that live; 0 without a broker.
     */
    readonly broker: {
      readonly channels: number
      readonly bytes: number
      readonly lag: number
      readonly nodes: number
    }
  }
  /** What there has been since the start. */
  readonly totals: {
    readonly connections: number
    readonly opened: number
    readonly rejected: number
    readonly closed: number
    readonly received: number
    /** Bytes of those messages. Those of texts that are sent would have to be counted one by one: an observer can. */
    readonly receivedBytes: number
    readonly sent: number
    readonly dropped: { readonly in: number; readonly out: number }
    /**
     * Messages that the engine has taken, that were dropped for want of it, that arrived from other nodes, that arrived a
     * second time, and that are known to be missing. What nodes say to each other counts too.
     */
    readonly broker: BrokerTotals
    readonly errors: number
  }
}

/** What there is between this node and the others. */
export interface Traffic {
  readonly gauges: Stats['gauges']['broker']
  readonly totals: BrokerTotals
}

/** The same, as the inside counts it: one flat object of integers. */
export class Counters {
  connecting = 0
  authenticated = 0
  active = 0
  closing = 0
  closed = 0
  timers = 0
  inboxMessages = 0
  inboxBytes = 0
  outboxBytes = 0
  connections = 0
  opened = 0
  rejected = 0
  received = 0
  receivedBytes = 0
  sent = 0
  droppedIn = 0
  droppedOut = 0
  errors = 0

  snapshot(timers: number, topics: number, draining: number, { gauges, totals }: Traffic): Stats {
    return {
      gauges: {
        connections: {
          connecting: this.connecting,
          authenticated: this.authenticated,
          active: this.active,
          closing: this.closing,
        },
        timers,
        topics,
        inbox: { messages: this.inboxMessages, bytes: this.inboxBytes },
        outbox: { bytes: this.outboxBytes },
        draining,
        broker: gauges,
      },
      totals: {
        connections: this.connections,
        opened: this.opened,
        rejected: this.rejected,
        closed: this.closed,
        received: this.received,
        receivedBytes: this.receivedBytes,
        sent: this.sent,
        dropped: { in: this.droppedIn, out: this.droppedOut },
        broker: totals,
        errors: this.errors,
      },
    }
  }
}
