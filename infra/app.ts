import { App, Validations } from 'aws-cdk-lib'
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag'
import { loadRelay } from '../shared/config/load.ts'
import { RelayStack } from './relay-stack.ts'

const app = new App()
/** Another configuration and stack: `npm run deploy -- --context config=other.config.ts --context stack=other` */
const configFile: string = app.node.tryGetContext('config') ?? 'relay.config.ts'
const name: string = app.node.tryGetContext('stack') ?? 'cxi-relay'

const relay = await loadRelay(configFile)
new RelayStack(app, name, { relay, configFile, description: 'cxi-relay: customer feedback into InMoment CXI' })
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app))
