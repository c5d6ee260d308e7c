// Tests of the alerts, for `promtool test rules`: what nodes tell, minute by minute, and whether an alert fires then.

import { APP, type Key, labelOf, type Names } from './names.js'

/** One series of a test, and what it says every 30 seconds, in the notation of `promtool`. */
export interface Told {
  readonly series: string
  readonly values: string
}

/** What nodes tell, and whether an alert fires at a time. */
export interface Case {
  readonly alert: string
  /** Why it fires, or why it does not. */
  readonly because: string
  readonly told: readonly Told[]
  /** Since the start. */
  readonly at: string
  /** When it does not fire yet, though what makes it fire has begun. */
  readonly notYet?: string
  /** What it says, where it fires; its labels beside those of `where`. */
  readonly summary?: string
  readonly labels?: Readonly<Record<string, string>>
  /** Whether one node or the whole fleet has fired: a node's alert has its `instance`. */
  readonly where?: 'fleet' | 'node'
}

/** The node that all cases are about. */
export const NODE_A: Readonly<Record<string, string>> = { job: 'chat', instance: 'a:9464' }

/** Says what nodes of an application called `chat` tell. */
export class Teller {
  readonly #names: Names

  constructor(names: Names) {
    this.#names = names
  }

  /** One series of a metric: `values` is `0+60x20` for a counter that grows by 60 in 30 seconds, 20 times. */
  tell(
    key: Key,
    attributes: Readonly<Record<string, string>>,
    values: string,
    node: Readonly<Record<string, string>> = NODE_A,
  ): Told {
    return this.#told(key, this.#names.of(key), attributes, values, node)
  }

  /** The buckets of a histogram: by their bounds, how many calls they get in 30 seconds, those below included. */
  buckets(
    key: Key,
    attributes: Readonly<Record<string, string>>,
    counts: Readonly<Record<string, number>>,
    times: number,
  ): readonly Told[] {
    return Object.entries(counts).map(([le, count]) =>
      this.#told(key, `${this.#names.of(key)}_bucket`, attributes, `0+${count}x${times}`, { ...NODE_A, le }),
    )
  }

  /** How many calls a histogram has counted. */
  count(key: Key, attributes: Readonly<Record<string, string>>, values: string): Told {
    return this.#told(key, `${this.#names.of(key)}_count`, attributes, values, NODE_A)
  }

  #told(
    key: Key,
    name: string,
    attributes: Readonly<Record<string, string>>,
    values: string,
    node: Readonly<Record<string, string>>,
  ): Told {
    const own = Object.entries(attributes).map(([attribute, value]) => [
      this.#names.label(key, attribute),
      value,
    ])
    const labels = [...Object.entries(node), [labelOf(APP), 'chat'], ...own]
    return { series: `${name}{${labels.map(([label, value]) => `${label}="${value}"`).join(',')}}`, values }
  }
}
