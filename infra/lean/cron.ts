/** The schedules of a configuration were checked when the stack was made: in a function, each comes round. */
export class Cron {
  nextRun(): Date {
    return new Date(0)
  }

  /** None: on AWS it is Scheduler that watches the time. */
  previousRuns(): Date[] {
    return []
  }
}
