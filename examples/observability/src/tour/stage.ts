import type { Answer, Client } from '../load/client.js'
import type { Crowd } from '../load/crowd.js'
import type { Network } from '../run/network.js'
import type { LogLine, NodeProcess } from '../run/node-process.js'
import type { Prometheus } from '../run/prometheus.js'
import { until } from '../run/until.js'

/** What an act has at hand. */
export interface Props {
  readonly north: NodeProcess
  readonly south: NodeProcess
  readonly crowd: Crowd
  readonly network: Network
  readonly prometheus: Prometheus
  /** Prints a line. */
  readonly say: (text: string) => void
  /** Aborted when the tour is to end. */
  readonly signal: AbortSignal
}

/** Something that the tour makes happen. */
export interface Act {
  readonly name: string
  readonly title: string
  /** Panels of the dashboard in which it shows, as they are called there. */
  readonly panels: readonly string[]
  play(stage: Stage): Promise<void>
}

/** Where acts are played, and what they do often. */
export class Stage {
  readonly props: Props

  constructor(props: Props) {
    this.props = props
  }

  say(text: string): void {
    this.props.say(text)
  }

  /** A guest at a node, who was let in. */
  async guest(node: NodeProcess): Promise<Client> {
    const answer: Answer = await this.props.crowd.visit(node)
    if ('client' in answer) return answer.client
    throw new Error(`${node.name} answered a guest with ${answer.status}`)
  }

  /** Asks for what is counted now; what is answered waits until it is more, and says so. */
  async counting(what: string, expr: string): Promise<() => Promise<void>> {
    const before = await this.props.prometheus.sum(expr)
    return () => this.shows(what, expr, before)
  }

  /** Waits until Prometheus says more than `least`, and says what it says. */
  async shows(what: string, expr: string, least = 0): Promise<void> {
    const { prometheus, signal } = this.props
    const value = await until(
      `${expr} > ${least}`,
      async () => {
        const sum = await prometheus.sum(expr)
        return sum > least ? sum : undefined
      },
      { signal },
    )
    this.say(`Prometheus: ${what}: ${Number.isInteger(value) ? value : value.toFixed(3)}    ${expr}`)
  }

  /** Why a connection that ends now has ended, and its line in the log. */
  async explain(node: NodeProcess, connection: string): Promise<void> {
    const { signal } = this.props
    const explained = await until(
      `the end of ${connection}`,
      async () => {
        const answer = await node.ask('explain', { connection })
        return answer?.over ? answer : undefined
      },
      { signal },
    )
    const line = await until(
      `the log line of ${connection}`,
      () => node.lineWhere((each) => each.connection === connection && ENDS.has(each.event)),
      { signal },
    )
    this.say(`app.explain('${connection}') on ${node.name}:`)
    for (const text of explained.text.trimEnd().split('\n')) this.say(`  ${text}`)
    this.say(`${node.log} has:`)
    this.say(`  ${JSON.stringify(line satisfies LogLine)}`)
  }
}

const ENDS: ReadonlySet<string | undefined> = new Set(['connection.closed', 'connection.refused'])
