# The template's item that names the next meeting. $title is its title, $host a municipality
agenda-next-meeting = { $title }: { $date }
agenda-next-meeting-hosted = { $title }: { $date }, hosted by { $host }
