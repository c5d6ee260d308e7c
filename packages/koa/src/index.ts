export { type AttachOptions, attach } from './attach.js'
export { native } from './native.js'
export { type UpgradeMiddleware, upgrade } from './upgrade.js'
