import type { KafkaBrokerOptions } from '@linkspan/kafka'

/** The mock does not answer a fetch that waits when something comes; and tests wait for looks. */
export const quick: KafkaBrokerOptions = { fetchWait: 10, interval: 100, timeout: 10_000 }
