import type { Rule } from '../rule.ts'
import { saidOf } from '../words.ts'

const SALARY =
  /급여|월급|봉급|상여|성과급|명절휴가비|퇴직금|포상금?$|격려금|성과금|인센티브|연차수당|야근수당|직책수당|식대보조|복지포인트정산|salary|payroll/
// The state's benefits are called 급여 as well; and an account that is named after the salary is not the salary.
const NOT_SALARY = /(실업|구직|휴직|휴가|생계|주거|의료|교육|요양|장애|해산|장제)급여|통장|계좌/

/** Money in that the employer, or the bank for it, calls pay. */
export const salary: Rule = {
  name: 'salary',
  classify: (row) => {
    const said = saidOf(row)
    if (row.accountKind !== 'deposit' || row.direction !== 'in') return null
    return SALARY.test(said) && !NOT_SALARY.test(said)
      ? { category: 'income.salary', confidence: '0.95' }
      : null
  },
}
