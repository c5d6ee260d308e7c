export type { RabbitmqBrokerOptions, RabbitmqQueueOptions } from './options.js'
export { rabbitmqBroker } from './rabbitmq-broker.js'
