# Why a date is on its day
days-choice-nothing = Nothing speaks against { $rule-day }.
days-choice-moved = Against { $rule-day } speaks: { $causes }. { $day } is chosen.
days-choice-stays = Against { $rule-day } speaks: { $causes }. No other possible day is better, the date stays.
days-choice-skipped = Against { $rule-day } speaks: { $causes }. No other day is possible, the date is skipped.
days-span = { $from } to { $until }

# What speaks against a day
days-cause-bridge-day = bridge day
days-cause-eve = Christmas Eve or New Year’s Eve
days-cause-blackout = blackout of { $municipality } { $span }
days-cause-other-date = another date of the series
days-holiday-new-year = New Year’s Day
days-holiday-epiphany = Epiphany
days-holiday-womens-day = International Women’s Day
days-holiday-good-friday = Good Friday
days-holiday-easter-sunday = Easter Sunday
days-holiday-easter-monday = Easter Monday
days-holiday-labour-day = Labour Day
days-holiday-liberation = Liberation Day
days-holiday-ascension = Ascension Day
days-holiday-whit-sunday = Whit Sunday
days-holiday-whit-monday = Whit Monday
days-holiday-corpus-christi = Corpus Christi
days-holiday-uprising = 75th anniversary of the uprising of 17 June 1953
days-holiday-assumption = Assumption Day
days-holiday-childrens-day = World Children’s Day
days-holiday-german-unity = Day of German Unity
days-holiday-reformation = Reformation Day
days-holiday-all-saints = All Saints’ Day
days-holiday-repentance-day = Day of Repentance and Prayer
days-holiday-christmas = Christmas Day
days-holiday-second-christmas = Second Day of Christmas

# What is not known
days-beyond-school-holidays = { $date } lies beyond the end of the data of school holidays ({ $last }). Please import the school holidays.
days-no-school-holidays = No school holidays are known for { $date }. Please import the school holidays of the Land.
days-forbidden = Against { $date } speaks: { $causes }. There should be no meeting on that day.
