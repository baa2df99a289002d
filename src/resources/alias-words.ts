// The words that the aliases of Freight are drawn from. No contract depends on them: any lower-case words do.

export const DESCRIPTORS: readonly string[] = words(`
  able active agile airy alert amber ample ancient apt arctic ardent artful astute august avid awake balanced balmy
  basic benign blithe bold bonny brave breezy brief bright brisk bronze busy calm candid capable careful caring casual
  cedar cheerful chief chirpy choice civic civil classic clean clear clever coastal cobalt cogent cool coral cordial
  cosmic cosy courtly crafty creative crimson crisp crystal curious dapper daring dashing deep deft devoted direct
  distant docile dreamy driven durable dutiful eager early earnest earthy easy elated elegant eloquent emerald eminent
  endless epic equal exact expert fabled fair faithful famous fancy fearless fervent festive fine firm fluent fluffy
  focused fond frank free fresh friendly frosty frugal funny gallant generous gentle genuine gifted giving glad
  gleaming glossy golden good graceful gracious grand grateful green gritty grown handy happy hardy hearty helpful
  heroic hidden honest hopeful humble hushed ideal indigo inland intent ivory jade jaunty jolly jovial joyful jubilant
  just keen kind kindly kingly knowing lasting lavish leafy learned level light likely limber lithe lively local lofty
  logical loyal lucid lucky lunar magic maple marble mellow merry mighty mild mindful minty misty modern modest
  moonlit mossy musical native natural neat nimble noble northern novel oaken olive opal open orderly outgoing pacific
  patient peaceful pearly perky pleasant plucky plum polished polite pretty primal prime prompt proper proud prudent
  punctual pure quaint quick quiet radiant rapid rare ready regal relaxed reliable robust rosy rousing royal ruby
  rugged rustic safe sage sandy sapphire scarlet scenic secure sedate select serene sharp sheer shiny silent silken
  silver simple sincere skilful sleek smart smiling smooth snappy snowy snug social soft solar solid sonic sound
  southern speedy spirited splendid spotted spry stable starry stately steady stellar stout sturdy sublime subtle
  sunlit sunny superb supple sure sweet swift tactful tall tame tangy tawny teal tender thankful thrifty tidal tidy
  timely tireless topaz tranquil trim true trusty tuneful unique upbeat upright useful valiant valid vast velvet
  verdant versed vibrant vigilant vivid warm watchful wavy welcome western whole willing winged winsome wise witty
  wooden woolly worthy young zany zealous zesty
`);

export const ANIMALS: readonly string[] = words(`
  aardvark addax albatross alpaca anchovy angelfish anole ant anteater antelope armadillo auk avocet axolotl badger
  bandicoot barbet barracuda bat beaver bee beetle bison bittern blackbird bluebird boar bobcat bobolink bongo bonobo
  buffalo bullfinch bunting bustard butterfly buzzard caiman camel canary capybara caracal cardinal caribou carp
  cassowary cat catfish chameleon chamois cheetah chickadee chinchilla chipmunk cicada civet clam clownfish cockatoo
  cod condor cormorant cougar cow coyote crab crane crayfish cricket crow cuckoo curlew cuttlefish dace deer dingo
  dipper dolphin donkey dormouse dotterel dove dragonfly duck dugong dunlin eagle echidna eel egret eider eland
  elephant elk emu ermine falcon ferret finch firefly flamingo flounder fox frigatebird frog gannet gazelle gecko
  gerbil gibbon giraffe gnu goat godwit goldfinch goose gopher gorilla goshawk grackle grebe grouse guanaco gull guppy
  haddock halibut hamster hare harrier hawk hedgehog heron herring hippo hoopoe hornbill horse hummingbird hyrax ibex
  ibis iguana impala jacana jackal jackdaw jaguar jay jellyfish kangaroo kestrel kingfisher kite kiwi koala kookaburra
  kudu ladybird lamprey lapwing lark lemming lemur leopard limpet linnet lion lizard llama lobster loon loris lynx
  macaque macaw mackerel magpie mallard manatee mandrill manta marlin marmot marten martin meerkat merganser merlin
  minnow mole mongoose moose moth mouse mule mussel narwhal newt nightingale nuthatch ocelot octopus okapi opossum
  oriole oryx osprey ostrich otter owl ox oyster panda pangolin panther parrot partridge peacock pelican penguin perch
  petrel pheasant pigeon pika pike pipit platypus plover pony porcupine porpoise possum prawn ptarmigan puffin puma
  quail quetzal quokka quoll rabbit raccoon raven ray redpoll redstart reindeer rhea rhino roadrunner robin rook sable
  salamander salmon sandpiper sardine scallop seahorse seal serval shearwater sheep shrew shrike shrimp siskin skink
  skua skylark sloth snail snipe sole sparrow spoonbill squid squirrel starfish starling stilt stingray stoat stork
  sturgeon sunbird swallow swan swift tamarin tapir tarsier tern terrapin thrush tiger toad tortoise toucan trout tuna
  turbot turkey turtle viscacha vole vulture wagtail wallaby walrus warbler waxwing weasel whale whimbrel whippet wolf
  wolverine wombat woodcock woodpecker wren yak zander zebra
`);

function words(text: string): readonly string[] {
  return text.trim().split(/\s+/);
}
