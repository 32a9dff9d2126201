// One process for all that is asserted of the stack: loading the construct library takes seconds, making a stack one.
import './export-schedule.ts'
import './grants.ts'
import './mail-receiving.ts'
import './observability.ts'
import './relay-stack.ts'
import './rules.ts'
import './webhook-door.ts'
