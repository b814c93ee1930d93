"""Ordinary English: words that say little in a question, and words that are never a typing slip."""

from __future__ import annotations

#: They weigh little in queries of several words. "no", "not", "down", "up", "out" say something here.
_STOP = """
    a about after again all also am an and any are as at be because been before being but by can
    could did do does doing for from get gets getting got had has have having he her here hi his
    how i if in into is it its just keep keeps let like may me more most my now of on once one
    or other our please she should so some still such than that the their them then there these
    they this those through to too us very was we were what when where which while who why will
    with would you your says say said see seems seem want wants need needs help thing things s t
    re ve ll d m don doesn isn aren cannot won wasn didn couldn hasn haven wouldn shouldn weren
"""

#: Frequent words of plain speech: they say less than the words of the trade.
_PLAIN = """
    up out no not new possibly due various hit hits hitting specify specified throw throws
    throwing thrown able above across add added afraid ago ahead almost alone along already
    always another anyone anything appear appears around ask asked asking away back bad badly
    because become becomes began begin behind believe below best better between big both bring
    broke broken brought call called calls came care case cause caused causes certain change
    changed changes check checked clear close closed come comes coming common complain complains
    complaining complete completely correct cost day days different done door down during each
    early easy either else empty end ended enough entire even ever every everybody everyone
    everything exactly except expected explain fact fall falls far fast feel felt few find fine
    finish finished first five fix fixed follow following force found four front full fully gave
    give given gives giving goes going gone good great group grow growing guess half hand handle
    happen happened happening happens hard head hear heard hello high hold home hour hours huge
    hundred idea immediately important inside instead issue issues itself keep kept kind knew
    know known knows large last late later least leave leaves left less level likely line list
    little live long longer look looking looks lose lost lot lots low made main make makes
    making many mark matter maybe mean means meant meet might mind minute minutes miss missed
    moment month months morning move moved moving much must name named near nearly never next
    nice night nobody none nor nothing notice number off often old only onto open opened order
    others ought outside over own part past people perhaps person place plain point possible
    pretty probably problem problems put puts question quick quickly quite ran rather reach read
    real really reason recent recently remember repeat report reported reports rest right room
    run running runs same second seconds seeing seen send sends sent serious set several shall
    shows shown side simple simply since single six slow slowly small solve somebody somehow
    someone something sometimes soon sorry sort sound spent start started starting starts stay
    stays stop stopped stops story strange strong stuff such sudden suddenly suppose sure take
    taken takes taking talk talks tell tells ten thank thanks think thought thousand three till
    time times today together told tomorrow tonight took top total tried tries trouble true try
    trying turn turned turns two under unless until upon used useful user users uses using usual
    usually wait waited waiting walk wanted watch way ways week weeks weird went whatever
    whenever whether white whole whose wide without woman wonder wonders word words work worked
    working works world worse worst worth write written wrong year years yes yesterday yet young
    yourself customer customers company team business website page pages site shop orders pay
    paid phone mobile office boss manager money
"""

#: Words that a library may lack and that are spelt right all the same: never corrected.
_SPELT = """
    accept act agree allow amount apart appeared arrive avoid beat begins begun bigger bit blame
    block body boot born bottom box break breaking breaks bring brings build building built burn
    busy buy carry catch caught chance choose clean clearly click cold common compare contain
    copy count couple course cover cross cut dark date deal decide deep depend describe died
    dies dirty door double doubt draw drive drop dry dull each ease eat edge effect effort eight
    enjoy enter equal event evening extra face fair faster fat fear feed feels fight fill filled
    figure final finally fit five flat flow fly forget form forward free fresh friend front gain
    game gather general gets girl glad glass gold gone green ground half hang happy hate hide
    hit hits hold holding holds hole hope hot huge hurt ice inner join joined jump just key kick
    kill kind king knock lack laid land laugh law lay lead leads learn least lend length let
    letter lie lift light limit listen load local lock longest lots loud love luck mail manage
    map match mention middle mirror mix month moon mood mouth music nature nine nose noted occur
    offer ones opinion paint pair paper pass passed past path pause peace pen pick picked piece
    plan plans play please plenty pool poor post pour press price prove pull pulled pulling
    pulls push pushed pushing quit race rain raise rate ready red reply return returned rich
    ride ring rise road roll round rule safe sail sale salt save saved scale search seat seem
    sell sense shape share sharp sheet shoot short shot shout shut sick sign signs silent size
    skin skip sleep slip smell smile smooth snow soft someone son song sort soul south space
    speak speed spell spend spin split spot spread spring square stage stand stands star state
    steal steel step stick sticks stone storm straight street strike string study sudden sugar
    suit sum sun supply support surface surprise swim table tail tall taste teach team tear term
    test text thin third threw throw throwing thrown tie tight tiny tired title tone top touch
    tough town track trade train travel treat tree trip twice type ugly upper urgent van vary
    view visit voice warm wash waste wear weather weight wet wheel wide wild win wind window
    wine winter wish wood worn worried worry yellow zero
"""

STOP = frozenset(_STOP.split())
PLAIN = STOP | frozenset(_PLAIN.split())
SPELT = PLAIN | frozenset(_SPELT.split())
