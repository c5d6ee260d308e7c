export { kafkaBroker } from './broker.js'
export type { KafkaBrokerOptions } from './options.js'
