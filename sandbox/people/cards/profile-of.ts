import type { Institution } from '../../institutions.ts'
import type { Day } from '../../kst.ts'
import { accountNumber } from '../accounts.ts'
import { minjiCardsAt } from '../minji.ts'
import { anyCardholder } from './any-cardholder.ts'
import type { CardProfile } from './card.ts'
import type { CardPlace } from './make-cards.ts'

type Who = { seed: string; person: string; institution: Institution; anchor: Day }

/** A person's life at a card company. */
export function cardProfileOf({ seed, person, institution, anchor }: Who): CardProfile {
  const accountAt: CardPlace['accountAt'] = (bankIndex, accountKey) => {
    const bankId = `SBXBANK${String(bankIndex + 1).padStart(3, '0')}`
    return {
      bankCode: `999${String(bankIndex + 1).padStart(5, '0')}`,
      accountNum: accountNumber(seed, person, bankId, accountKey),
      held: { bankIndex, accountKey },
    }
  }
  const place = { seed, person, institution, anchor, accountAt }
  const demo = person === 'minji' ? minjiCardsAt[institution.index] : undefined
  return demo ? demo(place) : anyCardholder(place)
}
