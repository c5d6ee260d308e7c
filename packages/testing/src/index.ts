export type { Behaviour, Chapter, Served, Stage } from './behaviour.js'
export { type BrokerFault, FaultyBroker, type FaultyBrokerOptions } from './broker/faulty.js'
export type { BrokerFactory, BrokerHost, BrokerSupports, LentClient } from './broker/host.js'
export { VirtualClock } from './clock.js'
export { encodeClose } from './close-body.js'
export { chapters } from './conformance/index.js'
export { type BrokerReport, type BrokerSuite, describeBroker, type TimedIt } from './describe-broker.js'
export { describeStore, type StoreReport, type StoreSuite } from './describe-store.js'
export {
  type BehaviourEntry,
  behaviours,
  type Describe,
  describeTransport,
  type It,
  type SuiteReport,
  type TransportSuite,
} from './describe-transport.js'
export { encodeFrame, type Frame, FrameDecoder, type FrameInit, Opcode } from './frame.js'
export { FULL_SUPPORT, type HostFactory, type Supports, type TestHost } from './host.js'
export {
  describeHostile,
  type HostileEntry,
  type HostileReport,
  type HostileSuite,
  hostileCases,
} from './hostile/describe-hostile.js'
export { MEMORY_SUPPORT, memoryHost } from './memory.js'
export type { Answer, Attempt, ConnectOptions, Peer, PeerClose, Refused, Upgraded } from './peer.js'
export { type Recorded, Recorder } from './recorder.js'
export {
  type Replayable,
  type ReplayedMessage,
  type ReplayOptions,
  type ReplayReport,
  replay,
  scenario,
  type ToTestOptions,
  toTest,
} from './replay/index.js'
export {
  type Action,
  type ActionKind,
  type Faults,
  type MessageMaker,
  Random,
  SimulatedFault,
  type SimulateOptions,
  type SimulationReport,
  shrink,
  simulate,
  World,
} from './simulation/index.js'
export { type SocketHostOptions, type SocketTarget, socketHost } from './socket-host.js'
export type { StoreFactory, StoreHost, StoreSupports } from './store/host.js'
