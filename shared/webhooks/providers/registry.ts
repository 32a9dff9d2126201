import type { Provider } from '../provider.ts'
import { alchemer } from './alchemer.ts'
import { asknicely } from './asknicely.ts'
import { delighted } from './delighted.ts'
import { fillout } from './fillout.ts'
import { formbricks } from './formbricks.ts'
import { generic } from './generic.ts'
import { googleForms } from './google-forms.ts'
import { hubspot } from './hubspot.ts'
import { intercom } from './intercom.ts'
import { jotform } from './jotform.ts'
import { limesurvey } from './limesurvey.ts'
import { paperform } from './paperform.ts'
import { posthog } from './posthog.ts'
import { qualtrics } from './qualtrics.ts'
import { sprig } from './sprig.ts'
import { surveymonkey } from './surveymonkey.ts'
import { surveysparrow } from './surveysparrow.ts'
import { survicate } from './survicate.ts'
import { tally } from './tally.ts'
import { typeform } from './typeform.ts'
import { wootric } from './wootric.ts'
import { zendesk } from './zendesk.ts'

/** Every survey tool that can be a source's `webhook.provider`, by name. */
export const PROVIDERS: ReadonlyMap<string, Provider> = new Map(
  [
    alchemer,
    asknicely,
    delighted,
    fillout,
    formbricks,
    generic,
    googleForms,
    hubspot,
    intercom,
    jotform,
    limesurvey,
    paperform,
    posthog,
    qualtrics,
    sprig,
    surveymonkey,
    surveysparrow,
    survicate,
    tally,
    typeform,
    wootric,
    zendesk,
  ].map((provider) => [provider.name, provider]),
)
