export { type NatsBrokerOptions, natsBroker } from './broker.js'
