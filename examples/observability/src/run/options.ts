import { parseArgs } from 'node:util'

export const HELP = `Two nodes of a chat under load, a real Prometheus that watches them, and a tour of what there is to see.

  pnpm --dir examples/observability start [options]

  --seconds N      end after so many seconds; otherwise Ctrl-C does
  --clients N      how many come and go (120; some alerts are about 100 connections at least)
  --seed N         what they do, and when (1)
  --acts A,B,…     what the tour makes happen, in this order: refusal, slow-consumer, trace, flood, slow-search, silence,
                   drain, hiccup (all of them); none: no tour
  --every N        seconds between two of them (12)
  --redis URL      the Redis between the nodes (redis://127.0.0.1:6379; where none answers there, one of our own)
  --north PORT     ports of the two nodes, of Prometheus, of the page and of Grafana (free ones)
  --south PORT
  --prometheus PORT
  --page PORT
  --grafana PORT
  --host ADDRESS   where the nodes and the page listen (127.0.0.1)
  --help

With OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 traces go there.`

/** What the example was called with. */
export interface Options {
  readonly help: boolean
  readonly seconds: number
  readonly clients: number
  readonly seed: number
  readonly acts: readonly string[]
  readonly every: number
  readonly redis: string | undefined
  readonly host: string
  /** 0: any. */
  readonly ports: Readonly<Record<Port, number>>
}

type Port = 'north' | 'south' | 'prometheus' | 'page' | 'grafana'

/**
 * Reads the command line.
 *
 * @throws Error for what is not known, and for numbers out of their range.
 */
export function optionsOf(args: readonly string[], known: readonly string[]): Options {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    // pnpm hands on the `--` that stands before what is not its own.
    args: args[0] === '--' ? args.slice(1) : [...args],
    options: {
      help: { type: 'boolean', default: false },
      ...{ seconds: text, clients: text, seed: text, acts: text, every: text, redis: text, host: text },
      ...{ north: text, south: text, prometheus: text, page: text, grafana: text },
    },
  })
  const number = (name: keyof typeof values, usual: number, least: number, most: number): number => {
    const given = values[name]
    const value = given === undefined ? usual : Number(given)
    if (Number.isInteger(value) && value >= least && value <= most) return value
    throw new Error(`--${name} takes a whole number from ${least} to ${most}, not ${String(given)}.`)
  }
  const acts = values.acts === 'none' ? [] : (values.acts?.split(',') ?? known)
  const unknown = acts.find((act) => !known.includes(act))
  if (unknown !== undefined) throw new Error(`--acts knows ${known.join(', ')}, and no ${unknown}.`)
  const port = (name: Port): number => number(name, 0, 0, 65_535)
  return {
    help: values.help,
    seconds: values.seconds === undefined ? Infinity : number('seconds', 0, 1, 86_400),
    clients: number('clients', 120, 0, 1_000),
    seed: number('seed', 1, 0, 2 ** 31),
    acts,
    every: number('every', 12, 0, 3_600),
    redis: values.redis,
    host: values.host ?? '127.0.0.1',
    ports: {
      north: port('north'),
      south: port('south'),
      prometheus: port('prometheus'),
      page: port('page'),
      grafana: port('grafana'),
    },
  }
}
